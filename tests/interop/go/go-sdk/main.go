// The Go SDK with its own handler of authorization.
package main

import (
	"context"
	"errors"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
	"scopes.invalid/interop/task"
)

func main() {
	if err := run(context.Background(), task.Given()); err != nil {
		task.Fail(err)
	}
}

func run(ctx context.Context, given *task.Task) error {
	config := &auth.AuthorizationCodeHandlerConfig{
		RedirectURL:         given.RedirectURI,
		RequestRefreshToken: true,
		AuthorizationCodeFetcher: func(_ context.Context, args *auth.AuthorizationArgs) (*auth.AuthorizationResult, error) {
			said, err := given.Ask(args.URL)
			if err != nil {
				return nil, err
			}
			return &auth.AuthorizationResult{
				Code:  said.Get("code"),
				State: said.Get("state"),
				Iss:   said.Get("iss"),
			}, nil
		},
	}
	if given.ClientID == "" {
		config.DynamicClientRegistrationConfig = &auth.DynamicClientRegistrationConfig{
			Metadata: &oauthex.ClientRegistrationMetadata{
				ClientName:              "client",
				GrantTypes:              []string{"authorization_code", "refresh_token"},
				RedirectURIs:            []string{given.RedirectURI},
				TokenEndpointAuthMethod: "none",
			},
		}
	} else {
		config.PreregisteredClient = &oauthex.ClientCredentials{ClientID: given.ClientID}
	}
	handler, err := auth.NewAuthorizationCodeHandler(config)
	if err != nil {
		return err
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "client", Version: "1"}, nil)
	transport := &mcp.StreamableClientTransport{Endpoint: given.URL, OAuthHandler: handler}
	session, err := client.Connect(ctx, transport, nil)
	if err != nil {
		return err
	}
	call := func(made task.Call) error {
		params := &mcp.CallToolParams{Name: made.Tool, Arguments: made.Arguments}
		result, err := session.CallTool(ctx, params)
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

	listed, err := session.ListTools(ctx, nil)
	if err != nil {
		return err
	}
	task.Say("tools", len(listed.Tools))
	if err := call(given.First); err != nil {
		return err
	}
	if err := call(given.Step); err != nil && !errors.Is(err, task.ErrDeclined) {
		return err
	}
	if err := call(given.First); err != nil {
		return err
	}
	return session.Close()
}
