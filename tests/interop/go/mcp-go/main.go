// mcp-go. The library obtains tokens for the scopes that the application names; the application finds out which
// these are, and when to ask for more.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"scopes.invalid/interop/task"
)

func main() {
	if err := run(context.Background(), task.Given()); err != nil {
		task.Fail(err)
	}
}

// application is what is built around the library.
type application struct {
	given *task.Task
	seen  *challenges
	oauth client.OAuthConfig
}

func run(ctx context.Context, given *task.Task) error {
	app := &application{given: given, seen: &challenges{}}
	app.oauth = client.OAuthConfig{
		ClientID:    given.ClientID,
		PKCEEnabled: true,
		RedirectURI: given.RedirectURI,
		TokenStore:  client.NewMemoryTokenStore(),
	}
	if err := app.signIn(ctx); err != nil {
		return err
	}
	session, err := client.NewOAuthStreamableHttpClient(given.URL, app.oauth, app.http())
	if err != nil {
		return err
	}
	if err := start(ctx, session); err != nil {
		return err
	}
	call := func(made task.Call) error {
		request := mcp.CallToolRequest{}
		request.Params.Name = made.Tool
		request.Params.Arguments = made.Arguments
		result, err := session.CallTool(ctx, request)
		if err != nil {
			return err
		}
		if result.IsError {
			task.Say(made.Tool, "an error")
		} else {
			task.Say(made.Tool, "done")
		}
		return nil
	}

	listed, err := session.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return err
	}
	task.Say("tools", len(listed.Tools))
	if err := call(given.First); err != nil {
		return err
	}
	if err := call(given.Step); err != nil {
		// The message of the JSON-RPC error is all that the library passes on.
		if !strings.Contains(err.Error(), "insufficient_scope: ") {
			return err
		}
		err := app.authorize(ctx, app.seen.last())
		if err == nil {
			err = call(given.Step)
		}
		if err != nil && !errors.Is(err, task.ErrDeclined) {
			return err
		}
	}
	if err := call(given.First); err != nil {
		return err
	}
	return session.Close()
}

func (app *application) http() transport.StreamableHTTPCOption {
	return transport.WithHTTPBasicClient(&http.Client{Transport: app.seen})
}

func start(ctx context.Context, session *client.Client) error {
	if err := session.Start(ctx); err != nil {
		return err
	}
	request := mcp.InitializeRequest{}
	request.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	request.Params.ClientInfo = mcp.Implementation{Name: "client", Version: "1"}
	_, err := session.Initialize(ctx, request)
	return err
}

// signIn asks for the scopes of the 401, or else for those in the metadata. With its settings of OAuth, the
// library sends no request before it has a token, so a session without them receives the 401.
func (app *application) signIn(ctx context.Context) error {
	stranger, err := client.NewStreamableHttpClient(app.given.URL, app.http())
	if err != nil {
		return err
	}
	err = start(ctx, stranger)
	if !client.IsAuthorizationRequiredError(err) {
		return fmt.Errorf("a session without a token: %w", err)
	}
	app.oauth.ProtectedResourceMetadataURL = client.GetResourceMetadataURL(err)
	scopes := app.seen.last()
	if len(scopes) == 0 {
		if scopes, err = published(app.oauth.ProtectedResourceMetadataURL); err != nil {
			return err
		}
	}
	return app.authorize(ctx, scopes)
}

// published returns the scopes in the metadata of the resource.
func published(url string) ([]string, error) {
	answer, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var metadata struct {
		ScopesSupported []string `json:"scopes_supported"`
	}
	err = json.NewDecoder(answer.Body).Decode(&metadata)
	return metadata.ScopesSupported, err
}

// authorize has the user grant the scopes. The token is kept in the store that the session takes it from.
func (app *application) authorize(ctx context.Context, scopes []string) error {
	config := app.oauth
	config.Scopes = scopes
	handler := transport.NewOAuthHandler(config)
	handler.SetBaseURL(app.given.URL)
	if handler.GetClientID() == "" {
		if err := handler.RegisterClient(ctx, "client"); err != nil {
			return err
		}
		app.oauth.ClientID = handler.GetClientID()
	}
	verifier, err := client.GenerateCodeVerifier()
	if err != nil {
		return err
	}
	state, err := client.GenerateState()
	if err != nil {
		return err
	}
	target, err := handler.GetAuthorizationURL(ctx, state, client.GenerateCodeChallenge(verifier))
	if err != nil {
		return err
	}
	said, err := app.given.Ask(target)
	if err != nil {
		return err
	}
	return handler.ProcessAuthorizationResponse(ctx, said.Get("code"), said.Get("state"), verifier)
}
