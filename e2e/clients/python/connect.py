# All that 1Password's Python client of Connect can do, against the server of OP_CONNECT_HOST, with a token that may read and
# write one vault, titled `work`.
import os
import sys

import httpx
from onepasswordconnectsdk import load_dict
from onepasswordconnectsdk.client import new_client
from onepasswordconnectsdk.models import Field, GeneratorRecipe, Item, ItemUrls, ItemVault, Section

host, token = os.environ["OP_CONNECT_HOST"], os.environ["OP_CONNECT_TOKEN"]
op = new_client(host, token)

(vault,) = op.get_vaults()
assert vault.name == "work", vault
assert op.get_vault(vault.id).id == op.get_vault_by_title("work").id == vault.id

made = op.create_item(
    vault.id,
    Item(
        vault=ItemVault(id=vault.id),
        title="Shop",
        category="LOGIN",
        tags=["blue", "green"],
        favorite=True,
        urls=[ItemUrls(href="https://a.example", primary=True)],
        sections=[Section(id="more", label="More")],
        fields=[
            Field(id="username", label="username", value="joe", purpose="USERNAME"),
            Field(id="password", purpose="PASSWORD", generate=True, recipe=GeneratorRecipe(length=20, character_sets=["LETTERS", "DIGITS"])),
            Field(label="token", value="t-1", type="CONCEALED", section=Section(id="more")),
            Field(label="code", value="otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ", type="OTP"),
        ],
    ),
)
assert made.version == 1 and made.favorite and made.tags == ["blue", "green"], made
fields = {f.label: f for f in made.fields}
assert len(fields["password"].value) == 20 and fields["password"].value.isalnum()
assert fields["token"].section.id == "more"
assert len(fields["code"].totp) == 6

assert op.get_item("Shop", "work").id == op.get_item(made.id, vault.id).id == made.id
assert op.get_item_by_id(made.id, vault.id).title == op.get_item_by_title("Shop", vault.id).title == "Shop"
assert [i.title for i in op.get_items(vault.id)] == ["Shop"]
assert [i.title for i in op.get_items(vault.id, 'title eq "Shop"')] == ["Shop"]
assert op.get_items(vault.id, 'tag eq "red"') == []

changed = op.get_item_by_id(made.id, vault.id)
changed.title = "Store"
updated = op.update_item(made.id, vault.id, changed)
assert updated.version == 1
read = op.get_item("Store", vault.id)
assert read.version == 2
assert {f.label: f.value for f in read.fields}["password"] == fields["password"].value

loaded = load_dict(op, {"user": {"opitem": "Store", "opfield": ".username", "opvault": vault.id}})
assert loaded == {"user": "joe"}, loaded

content = b"first\x00second"
put = httpx.put(
    f"{host}/connect-server/v1/vaults/{vault.id}/items/{made.id}/files/a.bin",
    content=content,
    headers={"Authorization": f"Bearer {token}"},
)
assert put.status_code == 200, put.text
(file,) = op.get_files(made.id, vault.id)
assert (file.name, file.size) == ("a.bin", len(content))
assert op.get_file(file.id, made.id, vault.id).content_path == file.content_path
assert bytes(op.get_file_content(file.id, made.id, vault.id)) == content
op.download_file(file.id, made.id, vault.id, sys.argv[1])
with open(os.path.join(sys.argv[1], "a.bin"), "rb") as f:
    assert f.read() == content

op.delete_item(made.id, vault.id)
assert op.get_items(vault.id) == []
for wrong in (lambda: op.get_item_by_id(made.id, vault.id), lambda: op.get_vault("a" * 26), lambda: new_client(host, "x.y.z").get_vaults()):
    try:
        wrong()
    except Exception as e:
        assert "not found" in str(e) or "not in scope" in str(e) or "Invalid" in str(e), repr(e)
    else:
        raise AssertionError("it succeeded")
print("all of it works")
