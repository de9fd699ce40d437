#include "base/confine.h"

#include "base/def.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
/* Calls of the x32 interface have other numbers for the same things. */
#define FOREIGN_CALLS 0x40000000
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

static const int forbidden[] = {
	SYS_execve,       SYS_execveat,      SYS_ptrace,          SYS_process_vm_readv, SYS_process_vm_writev,
	SYS_mount,        SYS_umount2,       SYS_pivot_root,      SYS_chroot,           SYS_unshare,
	SYS_setns,        SYS_bpf,           SYS_perf_event_open, SYS_userfaultfd,      SYS_init_module,
	SYS_finit_module, SYS_delete_module, SYS_kexec_load,      SYS_keyctl,           SYS_add_key,
	SYS_request_key,  SYS_reboot,        SYS_swapon,          SYS_swapoff,          SYS_open_by_handle_at,
	SYS_acct,         SYS_quotactl,      SYS_personality,
};

#define N_FORBIDDEN ARRAY_LEN(forbidden)
#define PROGRAM_MAX (8 + 2 * N_FORBIDDEN)
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)

struct program {
	struct sock_filter v[PROGRAM_MAX];
	unsigned short n;
};

static void add(struct program *p, uint16_t code, uint32_t k, uint8_t if_true, uint8_t if_false)
{
	p->v[p->n++] = (struct sock_filter){.code = code, .jt = if_true, .jf = if_false, .k = k};
}

static void refuse_if(struct program *p, uint16_t comparison, uint32_t k)
{
	add(p, BPF_JMP | comparison | BPF_K, k, 0, 1);
	add(p, BPF_RET | BPF_K, REFUSE, 0, 0);
}

static void build(struct program *p)
{
	add(p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
	add(p, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	add(p, BPF_RET | BPF_K, REFUSE, 0, 0);
	add(p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
#ifdef FOREIGN_CALLS
	refuse_if(p, BPF_JGE, FOREIGN_CALLS);
#endif
	for (size_t i = 0; i < N_FORBIDDEN; i++)
		refuse_if(p, BPF_JEQ, (uint32_t)forbidden[i]);
	add(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

err_t process_confine(void)
{
	struct program p = {.n = 0};

	build(&p);
	const struct sock_fprog filter = {.len = p.n, .filter = p.v};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) != 0)
		return err_new(ERR_UNAVAILABLE, "seccomp: %m");
	return NULL;
}
