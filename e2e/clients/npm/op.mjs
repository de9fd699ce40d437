// 1Password's library for JavaScript programs that drive `op`, with ours as `op` in PATH.
import assert from "node:assert/strict"
import fs from "node:fs"
import { createRequire } from "node:module"

const op = createRequire(import.meta.url)("@1password/op-js")
const folder = process.argv[2]

await op.validateCli()
assert.match(op.version(), /^\d+\.\d+\.\d+/)
op.setConnect(process.env.OP_CONNECT_HOST, process.env.OP_CONNECT_TOKEN)
delete process.env.OP_CONNECT_HOST
delete process.env.OP_CONNECT_TOKEN

const [vault] = op.vault.list()
assert.equal(vault.name, "work")
assert.equal(op.vault.get("work").id, vault.id)

const made = op.item.create([["username", "text", "joe"], ["Extra.token", "concealed", "t-1"], ["code", "otp", "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ"]], {
	category: "Login",
	title: "Shop",
	vault: "work",
	tags: ["blue", "green"],
	url: "https://a.example",
	generatePassword: "letters,digits,20",
})
assert.equal(made.title, "Shop")
assert.equal(made.category, "LOGIN")
assert.equal(made.vault.id, vault.id)
assert.deepEqual(made.tags, ["blue", "green"])

const item = op.item.get("Shop", { vault: "work" })
const field = (label) => item.fields.find((f) => f.label === label)
assert.match(field("password").value, /^[A-Za-z0-9]{20}$/)
assert.equal(field("token").section.label, "Extra")
assert.equal(field("username").value, "joe")
assert.match(field("code").totp, /^[0-9]{6}$/)
assert.match(op.item.otp("Shop"), /^[0-9]{6}$/)
assert.equal(op.item.get("Shop", { fields: { label: ["username"] } }).value, "joe")
assert.deepEqual(op.item.list({ vault: "work" }).map((i) => i.title), ["Shop"])
assert.deepEqual(op.item.list({ tags: ["red"] }), [])

assert.equal(op.read.parse("op://work/Shop/username"), "joe")
assert.equal(op.read.parse(`op://${vault.id}/${made.id}/Extra/token`), "t-1")
op.read.toFile("op://work/Shop/username", `${folder}/secret`)
assert.equal(fs.readFileSync(`${folder}/secret`, "utf8"), "joe\n")
assert.equal(op.inject.data("user: {{ op://work/Shop/username }}"), "user: joe")
op.inject.toFile("user: {{ op://work/Shop/username }}", `${folder}/filled`, { force: true })
assert.equal(fs.readFileSync(`${folder}/filled`, "utf8").trim(), "user: joe")

const edited = op.item.edit("Shop", [["username", "text", "jane"]], { title: "Store" })
assert.equal(edited.title, "Store")
assert.equal(op.read.parse("op://work/Store/username"), "jane")
op.item.delete("Store", { vault: "work" })
assert.throws(() => op.item.get("Store"), (e) => e.name === "CLIError" && /isn't an item/.test(e.message))
assert.throws(() => op.read.parse("op://work/Nothing/x"), /isn't an item in the "work" vault/)
console.log("all of it works")
