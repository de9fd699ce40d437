# Build of onepassword-operator, connect-server and opc. `make help` lists the targets.
#
# Variants are other build directories: make BUILD=build/asan SANITIZE=address,undefined unit

BUILD ?= build
PREFIX ?= /usr/local
CC ?= cc
ifeq ($(origin CC),default)
CC := gcc
endif
VERSION := $(shell cat VERSION)

# --- Modules -----------------------------------------------------------------------------------------------------
# One directory below pkg/ is one module. USES_m is what it may include, HEADERS_m the third-party headers that only
# it may include, LIBS_m what these need at link time. `make layers` holds the sources against this table.
MODULES := opc connect operator vault controller workqueue onepassword kube config metrics http yaml json base

USES_base :=
USES_json := base
USES_yaml := json base
USES_http := base
USES_metrics := base
USES_config := base
USES_workqueue := metrics base
USES_kube := yaml json http metrics base
USES_onepassword := json http metrics base
USES_controller := workqueue kube config metrics http yaml json base
USES_vault := json http config metrics base
USES_operator := controller onepassword workqueue kube config metrics http yaml json base
USES_connect := vault onepassword config metrics http json base
USES_opc := onepassword config http json base
USES_cmd := $(MODULES)

HEADERS_base := openssl/
HEADERS_json := json-c/
HEADERS_yaml := yaml.h
HEADERS_onepassword := unicase.h unistr.h
HEADERS_http := curl/ libwebsockets.h
HEADERS_vault := sqlite3.h argon2.h

LIBS_base := -lcrypto
LIBS_json := -ljson-c
LIBS_yaml := -lyaml
LIBS_onepassword := -lunistring
LIBS_http := -lcurl -lwebsockets -lssl
LIBS_vault := -lsqlite3 -largon2

PROGRAMS := operator connect-server opc
# The name that a program is installed by; a program is cmd/<program>/*.c.
NAME_operator := onepassword-operator
NAME_connect-server := connect-server
NAME_opc := opc

# --- Flags -------------------------------------------------------------------------------------------------------
WARN := -Wall -Wextra -Werror -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wold-style-definition \
	-Wmissing-prototypes -Wmissing-declarations -Wpointer-arith -Wwrite-strings -Wcast-qual -Wcast-align -Wvla \
	-Wundef -Wformat=2 -Wimplicit-fallthrough -Wswitch-enum -Wdouble-promotion -Wredundant-decls \
	-Wnested-externs -Wdate-time
WARN_gcc := -Wformat-signedness -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init \
	-Wuse-after-free=3 -Warith-conversion -Wbidi-chars=any -Wformat-overflow=2 -Wformat-truncation=2 \
	-Wstringop-overflow=4 -Walloc-zero -Warray-bounds=2 -ftrivial-auto-var-init=zero
WARN_clang := -Wcomma -Wconditional-uninitialized -Wunreachable-code-aggressive -Wassign-enum \
	-Wmissing-variable-declarations
# Criterion's macros convert signs inside the test's own code.
WARN_TEST := -Wno-conversion -Wno-sign-conversion -Wno-missing-variable-declarations

FAMILY := $(if $(findstring clang,$(shell $(CC) --version 2>/dev/null)),clang,gcc)
BRANCH := $(if $(findstring x86_64,$(shell $(CC) -dumpmachine 2>/dev/null)),-fcf-protection=full,-mbranch-protection=standard)
CFLAGS := -std=gnu11 -O2 -g -D_GNU_SOURCE -fno-common -fstack-protector-strong -fstack-clash-protection $(BRANCH) \
	-fPIE -pthread -Ipkg -ffile-prefix-map=$(CURDIR)=. -DVERSION='"$(VERSION)"' $(WARN) $(WARN_$(FAMILY))
LDFLAGS := -pie -pthread -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed
# A directory with headers and libraries of another architecture, made by hack/sysroot.
ifdef SYSROOT
CFLAGS += --sysroot=$(SYSROOT)
LDFLAGS += --sysroot=$(SYSROOT)
endif
ifdef SANITIZE
CFLAGS += -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS += -fsanitize=$(SANITIZE)
else
CFLAGS += -D_FORTIFY_SOURCE=3
endif
CFLAGS += $(EXTRA_CFLAGS)
# ThreadSanitizer and Criterion's harness do not go together; base/test.h says more.
ifeq ($(findstring thread,$(SANITIZE)),thread)
TEST_CFLAGS := -DTEST_SHIM
TEST_MAIN := $(BUILD)/pkg/base/test_shim.o
TEST_LIBS :=
else
TEST_LIBS := -lcriterion
endif

# --- Files -------------------------------------------------------------------------------------------------------
sources = $(filter-out %_test.c %_fuzz.c %/test_shim.c %/fuzz_replay.c %/wipe.c,$(wildcard pkg/$(1)/*.c))
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
TESTED := $(foreach m,$(MODULES),$(if $(wildcard pkg/$(m)/*_test.c),$(m)))
TESTS := $(foreach m,$(TESTED),$(BUILD)/test/$(m))
FUZZERS := $(patsubst pkg/%.c,%,$(wildcard pkg/*/*_fuzz.c))
REPLAYS := $(FUZZERS:%=$(BUILD)/replay/%)
BINARIES := $(foreach p,$(PROGRAMS),$(BUILD)/$(NAME_$(p)))
ALL_C := $(wildcard pkg/*/*.c cmd/*/*.c)
ALL_H := $(wildcard pkg/*/*.h cmd/*/*.h)

.PHONY: all help unit replay e2e harness test demo lint layers format asan tsan soak fuzz bench image deb install clean deps deps-lint deps-image
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BINARIES) ## Build all programs into build/

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# V=1 shows whole commands.
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-4s %s\n' $(1) $(2))

# --- Build -------------------------------------------------------------------------------------------------------
-include $(shell [ -d $(BUILD) ] && find $(BUILD) -name '*.d' -type f)

$(BUILD)/flags: FORCE
	@mkdir -p $(@D); echo '$(CC) $(CFLAGS) $(LDFLAGS)' | cmp -s - $@ || echo '$(CC) $(CFLAGS) $(LDFLAGS)' >$@
FORCE:

$(BUILD)/%_test.o: %_test.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(WARN_TEST) $(TEST_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(CFLAGS_$(notdir $*)) -include base/banned.h -MMD -MP -c -o $@ $<

$(BUILD)/pkg/connect/openapi.o: pkg/connect/openapi.json

# wipe.c zeroes memory as it is freed, also in libraries; sanitizers bring a free of their own.
WIPE := $(if $(SANITIZE),,$(BUILD)/pkg/base/wipe.o)
tests = $(filter-out $(if $(SANITIZE),%/wipe_test.c),$(wildcard pkg/$(1)/*_test.c))

define module_rules
$(BUILD)/lib/$(1).a: $(call objects,$(call sources,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	$(Q)$(AR) rcsD $$@ $$^
$(BUILD)/test/$(1): $(call objects,$(call tests,$(1))) $(TEST_MAIN) $(if $(filter base,$(1)),$(WIPE)) $(BUILD)/lib/$(1).a $(USES_$(1):%=$(BUILD)/lib/%.a)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$(Q)$(CC) $(LDFLAGS) -o $$@ $$^ $(foreach m,$(1) $(USES_$(1)),$(LIBS_$(m))) $(TEST_LIBS)
endef
$(foreach m,$(MODULES),$(eval $(call module_rules,$(m))))

define program_rules
$(BUILD)/$(NAME_$(1)): $(call objects,$(wildcard cmd/$(1)/*.c)) $(WIPE) $(MODULES:%=$(BUILD)/lib/%.a)
	$$(call say,LINK,$$@)
	$(Q)$(CC) $(LDFLAGS) -o $$@ $$^ $(foreach m,$(MODULES),$(LIBS_$(m)))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rules,$(p))))

# --- Tests -------------------------------------------------------------------------------------------------------
$(BUILD)/replay/%: $(BUILD)/pkg/%.o $(BUILD)/pkg/base/fuzz_replay.o $(MODULES:%=$(BUILD)/lib/%.a)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(foreach m,$(MODULES),$(LIBS_$(m)))

unit: $(TESTS) $(REPLAYS) ## Unit tests and fuzz corpora
	@hack/run-tests $(BUILD) $(TESTS) $(REPLAYS)

e2e: all image deb ## Scenarios against a real control plane
	e2e/run

harness: ## Tests of the fault proxy that scenarios use
	e2e/controlplane/build --test

test: deps ## All tests: unit, fuzz corpora, the harness, e2e
	hack/test

demo: deps ## The main job on real parts, to look at
	@$(MAKE) --no-print-directory -j$$(nproc) all
	e2e/demo

asan: ## Unit tests under AddressSanitizer and UBSan
	$(MAKE) BUILD=$(BUILD)/asan SANITIZE=address,undefined unit

tsan: ## Unit tests under ThreadSanitizer
	$(MAKE) BUILD=$(BUILD)/tsan SANITIZE=thread unit

$(BUILD)/fuzz/%: $(BUILD)/pkg/%.o $(MODULES:%=$(BUILD)/lib/%.a)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(foreach m,$(MODULES),$(LIBS_$(m)))

soak: $(BUILD)/test/vault ## A writer of the store is killed a thousand times
	DURABILITY_ROUNDS=1000 $(BUILD)/test/vault --filter 'durability/*'

fuzz: deps-lint ## Fuzz each parser for FUZZ_SECONDS (60)
	hack/fuzz $(BUILD)/fuzz $(FUZZERS)

bench: all ## Measure syncs, polls, requests, memory; prints tables
	e2e/bench/run
	e2e/bench/connect
	e2e/bench/opc

image: deps-image all ## OCI images of all programs, into build/image
	hack/image $(BUILD) $(BINARIES:$(BUILD)/%=%)

deb: deps-image all ## Debian packages of connect-server, into build/deb
	hack/deb $(BUILD) $(filter-out onepassword-operator,$(BINARIES:$(BUILD)/%=%))

# --- Checks ------------------------------------------------------------------------------------------------------
layers: ## Check includes against the table of modules
	@hack/layers $(foreach m,$(MODULES) cmd,'$(m): $(USES_$(m)) | $(HEADERS_$(m))')

lint: deps-lint layers ## clang build, clang-tidy, cppcheck, format, shellcheck, spelling
	$(MAKE) BUILD=$(BUILD)/clang CC=clang all $(TESTS:$(BUILD)/%=$(BUILD)/clang/%)
	hack/lint $(filter -std=% -D% -I%,$(CFLAGS))

format: ## Format all C sources
	clang-format -i $(ALL_C) $(ALL_H)

# --- The rest ----------------------------------------------------------------------------------------------------
deps:
	@hack/install-deps

deps-lint:
	@hack/install-deps lint

deps-image:
	@hack/install-deps image

install: all ## Install into $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 0755 $(BINARIES) $(DESTDIR)$(PREFIX)/bin/
	ln -sf opc $(DESTDIR)$(PREFIX)/bin/kubectl-opi
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	for p in opc connect-server; do $(BUILD)/$$p manual >$(DESTDIR)$(PREFIX)/share/man/man1/$$p.1 || exit; done

clean: ## Remove what was built
	rm -rf $(BUILD)
