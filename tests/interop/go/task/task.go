// Package task is common to the clients in Go: what they are given, the user's browser, and the steps that
// they print.
package task

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
)

// ErrDeclined is returned when the user does not grant what a client asks for.
var ErrDeclined = errors.New("the user declines")

// Call is a call of a tool.
type Call struct {
	Tool      string         `json:"tool"`
	Arguments map[string]any `json:"arguments"`
}

// Task is what a client has to do; scenario.mjs beside this folder has the whole of it.
type Task struct {
	Browser     string `json:"browser"`
	ClientID    string `json:"client_id"`
	First       Call   `json:"first"`
	RedirectURI string `json:"redirect_uri"`
	Step        Call   `json:"step"`
	URL         string `json:"url"`
	User        string `json:"user"`

	visited bool
}

// Given returns the task in the program's one argument.
func Given() *Task {
	task := &Task{}
	if err := json.Unmarshal([]byte(os.Args[1]), task); err != nil {
		Fail(err)
	}
	return task
}

// Say prints a step.
func Say(step string, said any) {
	line, err := json.Marshal(map[string]any{"step": step, "said": said})
	if err != nil {
		Fail(err)
	}
	fmt.Println(string(line))
}

// Fail ends the program with an error.
func Fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// Ask has the user visit an authorization URL, and returns the parameters that the browser comes back with. The
// user grants the first request, and the others as the task says.
func (task *Task) Ask(target string) (url.Values, error) {
	asked, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	Say("asks for", asked.Query().Get("scope"))
	grants := !task.visited || task.User == "grants"
	task.visited = true
	visit, err := json.Marshal(map[string]any{"url": target, "grants": grants})
	if err != nil {
		return nil, err
	}
	answer, err := http.Post(task.Browser, "application/json", bytes.NewReader(visit))
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, errors.New(string(body))
	}
	callback, err := url.Parse(string(body))
	if err != nil {
		return nil, err
	}
	said := callback.Query()
	if problem := said.Get("error"); problem != "" {
		Say("declined", problem)
		return nil, ErrDeclined
	}
	return said, nil
}
