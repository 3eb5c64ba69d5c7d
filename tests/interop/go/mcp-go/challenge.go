package main

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
)

var scope = regexp.MustCompile(`[ ,]scope="([^"]+)"`)

// challenges reads the scopes of the challenges in answers: of a 401 the library reads the URL of the metadata
// alone, and of a 403 nothing.
type challenges struct {
	mutex  sync.Mutex
	scopes []string
}

func (seen *challenges) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	if challenge := answer.Header.Get("WWW-Authenticate"); challenge != "" {
		seen.mutex.Lock()
		defer seen.mutex.Unlock()
		seen.scopes = nil
		if found := scope.FindStringSubmatch(challenge); found != nil {
			seen.scopes = strings.Fields(found[1])
		}
	}
	return answer, nil
}

// last returns the scopes of the last challenge.
func (seen *challenges) last() []string {
	seen.mutex.Lock()
	defer seen.mutex.Unlock()
	return seen.scopes
}
