package mpacpgw

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestSigning(t *testing.T) {
	file, err := os.ReadFile("../../../../tests/vectors/request_signing.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Name          string `json:"name"`
		SecretKey     string `json:"secret_key"`
		MerchantID    string `json:"merchant_id"`
		Method        string `json:"method"`
		Path          string `json:"path"`
		Timestamp     int64  `json:"timestamp"`
		Body          string `json:"body"`
		Message       string `json:"message"`
		Authorization string `json:"authorization"`
	}
	if err := json.Unmarshal(file, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) == 0 {
		t.Fatal("no vectors")
	}
	for _, v := range vectors {
		v := v
		t.Run(v.Name, func(t *testing.T) {
			if got := CanonicalString(v.Method, v.Path, v.Timestamp, []byte(v.Body)); got != v.Message {
				t.Errorf("canonical string:\n%s\nwant:\n%s", got, v.Message)
			}
			got := Authorization(v.MerchantID, v.SecretKey, v.Method, v.Path, v.Timestamp, []byte(v.Body))
			if got != v.Authorization {
				t.Errorf("authorization: %s, want %s", got, v.Authorization)
			}
		})
	}
}

func TestPrintingShowsNoSecret(t *testing.T) {
	payment := &PaymentIntent{ID: "pi_1", PaymentToken: "pi_1_secret_canary"}
	client := NewClient("test_merchant", "sk_canary", "")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, value := range []any{payment, *payment, client, *client} {
			if text := fmt.Sprintf(verb, value); strings.Contains(text, "canary") {
				t.Errorf("%s of %T shows a secret", verb, value)
			}
		}
	}
	text, err := json.Marshal(payment)
	if err != nil || !strings.Contains(string(text), "pi_1_secret_canary") {
		t.Errorf("the terminal gets no token: %s, %v", text, err)
	}
}

func TestNewIdempotencyKey(t *testing.T) {
	pattern := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	one, err := NewIdempotencyKey()
	two, _ := NewIdempotencyKey()
	if err != nil || !pattern.MatchString(one) || one == two {
		t.Errorf("%q, %q, %v", one, two, err)
	}
}
