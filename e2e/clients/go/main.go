// All that 1Password's Go client of Connect can do, against the server of OP_CONNECT_HOST, with a token that may read and
// write one vault, titled `work`. Its own program, and so the operator, Terraform and others, stand on it.
package main

import (
	"bytes"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/1Password/connect-sdk-go/connect"
	"github.com/1Password/connect-sdk-go/onepassword"
)

func must[T any](v T, err error) T {
	if err != nil {
		log.Panic(err)
	}
	return v
}

func check(ok bool, what string, got any) {
	if !ok {
		log.Panicf("%s: %+v", what, got)
	}
}

func fails(err error, text string) {
	check(err != nil && strings.Contains(err.Error(), text), "should fail with "+text, err)
}

func upload(vault, item string, content []byte) {
	url := os.Getenv("OP_CONNECT_HOST") + "/connect-server/v1/vaults/" + vault + "/items/" + item + "/files/a.bin"
	req := must(http.NewRequest("PUT", url, bytes.NewReader(content)))
	req.Header.Set("Authorization", "Bearer "+os.Getenv("OP_CONNECT_TOKEN"))
	resp := must(http.DefaultClient.Do(req))
	defer resp.Body.Close()
	check(resp.StatusCode == 200, "upload", resp.Status)
}

func main() {
	log.SetFlags(log.Lshortfile)
	op := must(connect.NewClientFromEnvironment())

	vaults := must(op.GetVaults())
	check(len(vaults) == 1 && vaults[0].Name == "work", "vaults", vaults)
	vault := vaults[0].ID
	for _, v := range []*onepassword.Vault{must(op.GetVault("work")), must(op.GetVault(vault)), must(op.GetVaultByUUID(vault)), must(op.GetVaultByTitle("work"))} {
		check(v.ID == vault && !v.CreatedAt.IsZero(), "vault", v)
	}
	check(len(must(op.GetVaultsByTitle("nothing"))) == 0, "no vault", nil)
	_, err := op.GetVaultByUUID(strings.Repeat("a", 26))
	fails(err, "status 403")

	made := must(op.CreateItem(&onepassword.Item{
		Title: `Shop "one" & #1`, Category: onepassword.Login, Tags: []string{"blue"}, Favorite: true,
		URLs:     []onepassword.ItemURL{{Primary: true, URL: "https://a.example"}},
		Sections: []*onepassword.ItemSection{{ID: "more", Label: "More"}},
		Fields: []*onepassword.ItemField{
			{Label: "username", Value: "joe", Purpose: "USERNAME"},
			{Purpose: "PASSWORD", Type: "CONCEALED", Generate: true, Recipe: &onepassword.GeneratorRecipe{Length: 20, CharacterSets: []string{"LETTERS", "DIGITS"}}},
			{Label: "token", Value: "t-1", Type: "CONCEALED", Section: &onepassword.ItemSection{ID: "more"}},
		},
	}, "work"))
	check(made.Version == 1 && made.Favorite && len(made.GetValue("password")) == 20, "made", made)
	check(made.GetValue("More.token") == "t-1", "field of a section", made)

	for _, i := range []*onepassword.Item{must(op.GetItem(made.Title, "work")), must(op.GetItem(made.ID, vault)), must(op.GetItemByUUID(made.ID, "work")), must(op.GetItemByTitle(made.Title, vault))} {
		check(i.ID == made.ID, "item", i)
	}
	check(len(must(op.GetItems(vault))) == 1, "items", nil)
	check(len(must(op.GetItemsByTitle(made.Title, vault))) == 1, "items by title", nil)

	made.Title = "Store"
	check(must(op.UpdateItem(made, vault)).Version == 1, "the version from before", nil)
	read := must(op.GetItem("Store", vault))
	check(read.Version == 2 && read.GetValue("password") == made.GetValue("password"), "updated", read)

	var config struct {
		User  string `opfield:"username"`
		Token string `opsection:"more" opfield:"token"`
	}
	if err := op.LoadStructFromItem(&config, "Store", vault); err != nil {
		log.Panic(err)
	}
	check(config.User == "joe" && config.Token == "t-1", "loaded", config)

	content := []byte("first\x00second")
	upload(vault, made.ID, content)
	files := must(op.GetFiles("Store", "work"))
	check(len(files) == 1 && files[0].Name == "a.bin" && files[0].Size == len(content), "files", files)
	file := must(op.GetFile(files[0].ID, "Store", "work"))
	check(bytes.Equal(must(op.GetFileContent(file)), content), "content", nil)
	path := must(op.DownloadFile(file, os.Args[1], true))
	check(bytes.Equal(must(os.ReadFile(path)), content), "download", path)

	second := must(op.CreateItem(&onepassword.Item{Title: "Second", Category: onepassword.SecureNote}, vault))
	third := must(op.CreateItem(&onepassword.Item{Title: "Third", Category: onepassword.SecureNote}, vault))
	for _, err := range []error{op.DeleteItem(made, vault), op.DeleteItemByID(second.ID, vault), op.DeleteItemByTitle(third.Title, vault)} {
		check(err == nil, "delete", err)
	}
	check(len(must(op.GetItems(vault))) == 0, "nothing is left", nil)
	fails(op.DeleteItemByID(second.ID, vault), "status 404")
	_, err = connect.NewClient(os.Getenv("OP_CONNECT_HOST"), "x.y.z").GetVaults()
	fails(err, "status 401")
	fmt.Println("all of it works")
}
