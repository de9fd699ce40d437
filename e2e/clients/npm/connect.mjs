// All that 1Password's JavaScript client of Connect can do, against the server of OP_CONNECT_HOST with a token that may
// read and write one vault, titled `work`. Fails with the first thing that is not as its documentation has it.
import assert from "node:assert/strict"
import connect from "@1password/connect"

const { OnePasswordConnect, ItemBuilder } = connect
const serverURL = process.env.OP_CONNECT_HOST
const op = OnePasswordConnect({ serverURL, token: process.env.OP_CONNECT_TOKEN, keepAlive: true })

async function fails(promise, status, message) {
	const error = await promise.then(() => assert.fail("it succeeded"), (e) => e)
	if (status) assert.equal(error.status ?? error.response?.status, status, String(error.message))
	assert.match(String(error.message ?? error), message)
}

// --- vaults ---
const [vault, ...others] = await op.listVaults()
assert.deepEqual(others, [])
assert.equal(vault.name, "work")
assert.match(vault.id, /^[a-z0-9]{26}$/)
assert.ok(vault.createdAt instanceof Date && !Number.isNaN(vault.createdAt.valueOf()))
assert.equal((await op.listVaultsByTitle("work")).length, 1)
assert.equal((await op.listVaultsByTitle("nothing")).length, 0)
for (const get of [op.getVault("work"), op.getVault(vault.id), op.getVaultById(vault.id), op.getVaultByTitle("work")])
	assert.equal((await get).id, vault.id)
await fails(op.getVaultById("a".repeat(26)), 403, /not in scope/)
await fails(op.getVaultByTitle("nothing"), 0, /No Vaults? found|not found/i)

// --- items ---
const made = await op.createItem(
	vault.id,
	new ItemBuilder()
		.setCategory("LOGIN")
		.setTitle('Shop "one" (1)')
		.addTag("blue")
		.addTag("green")
		.toggleFavorite()
		.addField({ label: "username", value: "joe", purpose: "USERNAME" })
		.addField({ label: "password", generate: true, recipe: { length: 20, characterSets: ["LETTERS", "DIGITS"] }, purpose: "PASSWORD" })
		.addField({ label: "token", value: "t-1", type: "CONCEALED", sectionName: "More of it" })
		.addField({ label: "code", value: "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ", type: "OTP", sectionName: "More of it" })
		.addUrl({ label: "site", href: "https://a.example", primary: true })
		.addUrl({ href: "https://b.example" })
		.build(),
)
assert.equal(made.version, 1)
assert.equal(made.favorite, true)
assert.deepEqual(made.tags, ["blue", "green"])
const field = (item, label) => item.fields.find((f) => f.label === label)
assert.match(field(made, "password").value, /^[A-Za-z0-9]{20}$/)
assert.equal(field(made, "token").section.id, made.sections.find((s) => s.label === "More of it").id)
assert.deepEqual(made.urls.map((u) => [u.href, Boolean(u.primary)]), [["https://a.example", true], ["https://b.example", false]])

for (const get of [op.getItem(vault.id, made.title), op.getItem(vault.id, made.id), op.getItemById(vault.id, made.id)])
	assert.equal((await get).id, made.id)
assert.match(await op.getItemOTP(vault.id, made.id), /^[0-9]{6}$/)

const plain = await op.createItem(vault.id, new ItemBuilder().setCategory("SECURE_NOTE").setTitle("Plain note")
	.addField({ label: "notesPlain", value: "line one\nline two ✓", purpose: "NOTES" }).build())
assert.equal((await op.getItemByTitle(vault.id, "Plain note")).fields[0].value, "line one\nline two ✓")
assert.equal((await op.listItems(vault.id)).length, 2)
assert.deepEqual((await op.listItemsByTitle(vault.id, "Plain note")).map((i) => i.id), [plain.id])
assert.deepEqual((await op.listItemsByTitleContains(vault.id, "note")).map((i) => i.id), [plain.id])
assert.equal((await op.listItemsByTitleContains(vault.id, "nowhere")).length, 0)
await fails(op.getItemById(vault.id, "b".repeat(26)), 404, /not found/)
await fails(op.getItemOTP(vault.id, plain.id), 0, /OTP/i)

// What was there is there again, and the number in the answer is the one from before.
const changed = await op.getItemById(vault.id, made.id)
changed.title = "Shop"
field(changed, "username").value = "jane"
const updated = await op.updateItem(vault.id, changed)
assert.equal(updated.version, 1)
const read = await op.getItemByTitle(vault.id, "Shop")
assert.equal(read.version, 2)
assert.equal(field(read, "username").value, "jane")
assert.equal(field(read, "password").value, field(made, "password").value)
assert.equal(field(read, "code").type, "OTP")

// --- files ---
assert.deepEqual(await op.listFiles(vault.id, made.id), [])
const content = "first line\nsecond line ✓\n"
const put = await fetch(`${serverURL}/connect-server/v1/vaults/${vault.id}/items/${made.id}/files/a%20file.txt`, {
	method: "PUT",
	headers: { Authorization: `Bearer ${process.env.OP_CONNECT_TOKEN}` },
	body: content,
})
assert.equal(put.status, 200)
const [file] = await op.listFiles("work", "Shop")
assert.equal(file.name, "a file.txt")
assert.equal(file.size, Buffer.byteLength(content))
assert.equal((await op.getFileById("work", "Shop", file.id)).name, "a file.txt")
assert.equal(await op.getFileContent("work", "Shop", file.id), content)
let streamed = ""
for await (const chunk of await op.getFileContentStream(vault.id, made.id, file.id)) streamed += chunk
assert.equal(streamed, content)
await fails(op.getFileById(vault.id, made.id, "c".repeat(26)), 404, /not found/)

// --- away with them ---
await op.deleteItemByTitle(vault.id, "Plain note")
await op.deleteItem(vault.id, made.id)
const last = await op.createItem(vault.id, new ItemBuilder().setCategory("LOGIN").setTitle("Last").build())
await op.deleteItemById(vault.id, last.id)
assert.deepEqual(await op.listItems(vault.id), [])
await fails(op.deleteItemById(vault.id, last.id), 404, /not found/)

// --- who may not ---
const stranger = OnePasswordConnect({ serverURL, token: "eyJhbGciOiJFUzI1NiJ9.e30.AAAA", keepAlive: false })
await fails(stranger.listVaults(), 401, /Invalid/)
console.log("all of it works")
