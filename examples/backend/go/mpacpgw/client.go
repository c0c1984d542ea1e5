// Package mpacpgw is a client of the mpac-pgw PaymentIntent API for a merchant's back end.
package mpacpgw

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"math"
	mathrand "math/rand"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// DefaultBaseURL is where a local gateway listens.
const DefaultBaseURL = "http://127.0.0.1:4242"

// Client calls the gateway for one merchant. It is safe for concurrent use.
type Client struct {
	merchantID string
	secretKey  string
	baseURL    string
	http       *http.Client

	// MaxRetries is how often a request is repeated when there is no answer, or a temporary error.
	MaxRetries int
}

// NewClient makes a client; an empty baseURL means DefaultBaseURL.
func NewClient(merchantID, secretKey, baseURL string) *Client {
	if baseURL == "" {
		baseURL = DefaultBaseURL
	}
	return &Client{
		merchantID: merchantID,
		secretKey:  secretKey,
		baseURL:    strings.TrimRight(baseURL, "/"),
		http: &http.Client{
			Timeout: 10 * time.Second,
			// A signed request is for one host and path; following would show it to another.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		MaxRetries: 2,
	}
}

// Format keeps the secret key out of logs, whatever the verb.
func (c Client) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "mpacpgw.Client{%s at %s}", c.merchantID, c.baseURL)
}

// CreatePaymentIntent creates a payment. Errors from the gateway are of type *Error; after any other
// error the outcome is unknown: repeat the call with the same IdempotencyKey.
func (c *Client) CreatePaymentIntent(ctx context.Context, params CreateParams) (*PaymentIntent, error) {
	key := params.IdempotencyKey
	if key == "" {
		var err error
		if key, err = NewIdempotencyKey(); err != nil {
			return nil, err
		}
	}
	body, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	header := http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {key}}
	return c.do(ctx, http.MethodPost, "/v1/payment_intents", header, body)
}

// RetrievePaymentIntent returns a payment. Errors from the gateway are of type *Error.
func (c *Client) RetrievePaymentIntent(ctx context.Context, id string) (*PaymentIntent, error) {
	return c.do(ctx, http.MethodGet, "/v1/payment_intents/"+url.PathEscape(id), http.Header{}, nil)
}

// do sends until there is an answer worth keeping, every time with the same headers and body.
func (c *Client) do(ctx context.Context, method, path string, header http.Header, body []byte) (*PaymentIntent, error) {
	for attempt := 0; ; attempt++ {
		last := attempt >= c.MaxRetries
		retryAfter := ""
		response, answer, err := c.send(ctx, method, path, header, body)
		switch {
		case err != nil && (last || ctx.Err() != nil):
			return nil, fmt.Errorf("mpac-pgw: no answer from the gateway: %w", err)
		case err != nil:
		case response.StatusCode/100 == 2:
			return decode(response.StatusCode, answer)
		case last || !temporary(response.StatusCode):
			return nil, decodeError(response.StatusCode, answer)
		default:
			retryAfter = response.Header.Get("Retry-After")
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(delay(attempt, retryAfter)):
		}
	}
}

func (c *Client) send(ctx context.Context, method, path string, header http.Header, body []byte) (*http.Response, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.baseURL+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	request.Header = header.Clone()
	// Signed for each attempt: the gateway refuses a timestamp that is minutes old.
	request.Header.Set("Authorization", Authorization(
		c.merchantID, c.secretKey, method, request.URL.RequestURI(), time.Now().Unix(), body))
	response, err := c.http.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response, answer, err
}

func decode(status int, answer []byte) (*PaymentIntent, error) {
	payment := new(PaymentIntent)
	if err := json.Unmarshal(answer, payment); err != nil || payment.ID == "" {
		return nil, &Error{HTTPStatus: status, Message: "the answer is not a PaymentIntent"}
	}
	return payment, nil
}

func decodeError(status int, answer []byte) error {
	var body struct {
		Error Error `json:"error"`
	}
	// An answer that is not JSON, say from a proxy, leaves the fields empty.
	_ = json.Unmarshal(answer, &body)
	body.Error.HTTPStatus = status
	if body.Error.Message == "" {
		body.Error.Message = "the gateway did not say why"
	}
	return &body.Error
}

func temporary(status int) bool {
	return status == http.StatusTooManyRequests || status >= 500
}

// delay is what the gateway asks for, else doubles from 0.5 s, with jitter.
func delay(attempt int, retryAfter string) time.Duration {
	if seconds, err := strconv.ParseUint(retryAfter, 10, 32); err == nil {
		return time.Duration(math.Min(float64(seconds), 30)) * time.Second
	}
	longest := 500 * math.Pow(2, float64(attempt))
	return time.Duration(longest*(0.5+mathrand.Float64()/2)) * time.Millisecond
}

// NewIdempotencyKey returns a random (version 4) UUID.
func NewIdempotencyKey() (string, error) {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}
