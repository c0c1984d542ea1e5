package mpacpgw

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// CanonicalString is what a request's signature covers. path includes the query string, as sent.
func CanonicalString(method, path string, timestamp int64, body []byte) string {
	hash := sha256.Sum256(body)
	return strings.Join([]string{
		method,
		path,
		strconv.FormatInt(timestamp, 10),
		hex.EncodeToString(hash[:]),
	}, "\n")
}

// Authorization is the value of a request's Authorization header. timestamp is in seconds since 1970.
func Authorization(merchantID, secretKey, method, path string, timestamp int64, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secretKey))
	mac.Write([]byte(CanonicalString(method, path, timestamp, body)))
	return fmt.Sprintf("HMAC-SHA256 %s:%d:%s", merchantID, timestamp, hex.EncodeToString(mac.Sum(nil)))
}
