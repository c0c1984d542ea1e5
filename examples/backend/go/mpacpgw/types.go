package mpacpgw

import "fmt"

// CreateParams describes the payment to create.
type CreateParams struct {
	// MerchantRefID is your order, unique for you.
	MerchantRefID      string `json:"merchant_ref_id"`
	MerchantStoreID    string `json:"merchant_store_id,omitempty"`
	MerchantTerminalID string `json:"merchant_terminal_id,omitempty"`
	// Amount is in minor units: yen for JPY.
	Amount int64 `json:"amount"`
	// Currency is an ISO 4217 code; JPY when empty.
	Currency string `json:"currency,omitempty"`
	// PaymentMethodTypes holds qr_mpm, qr_cpm, credit_card, cash.
	PaymentMethodTypes []string `json:"payment_method_types"`
	// CaptureMethod is automatic (when empty) or manual.
	CaptureMethod string `json:"capture_method,omitempty"`

	// IdempotencyKey identifies this call; a new one is made when empty. Store your own with the
	// order if you may have to repeat the call after a restart: the gateway answers a repeated key
	// with the payment it already made.
	IdempotencyKey string `json:"-"`
}

// PaymentIntent is a payment, as the gateway describes it.
type PaymentIntent struct {
	ID                 string       `json:"id"`
	Object             string       `json:"object"`
	Status             string       `json:"status"`
	Amount             int64        `json:"amount"`
	Currency           string       `json:"currency"`
	PaymentMethodTypes []string     `json:"payment_method_types"`
	PaymentToken       PaymentToken `json:"payment_token,omitempty"`
	CaptureMethod      string       `json:"capture_method"`
	MerchantStoreID    string       `json:"merchant_store_id,omitempty"`
	MerchantTerminalID string       `json:"merchant_terminal_id,omitempty"`
	ExpiresAt          string       `json:"expires_at"`
	CreatedAt          string       `json:"created_at"`
}

// PaymentToken lets a terminal confirm or cancel one payment. Printing it shows nothing; convert it
// to a string, or marshal it to JSON, to hand it to the terminal.
type PaymentToken string

func (PaymentToken) String() string   { return "[redacted]" }
func (PaymentToken) GoString() string { return "[redacted]" }

// Error says that the gateway answered, and that the answer is an error.
type Error struct {
	HTTPStatus int    `json:"http_status,omitempty"`
	Code       string `json:"code,omitempty"`
	Message    string `json:"message"`
	Param      string `json:"param,omitempty"`
}

func (e *Error) Error() string {
	text := fmt.Sprintf("mpac-pgw: HTTP %d %s: %s", e.HTTPStatus, e.Code, e.Message)
	if e.Param != "" {
		text += fmt.Sprintf(" (param %s)", e.Param)
	}
	return text
}
