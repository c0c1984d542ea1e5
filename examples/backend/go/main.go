// Command backend is a merchant's back end on the command line: see ../README.md.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"mpac.example/backend/mpacpgw"
)

const usage = `usage: go run . create AMOUNT [ORDER_ID [METHOD,METHOD...]]
       go run . retrieve PAYMENT_INTENT_ID`

type usageError string

func (e usageError) Error() string { return string(e) }

func run(ctx context.Context, args []string) (*mpacpgw.PaymentIntent, error) {
	var missing []string
	setting := func(name string) string {
		value := os.Getenv(name)
		if value == "" {
			missing = append(missing, name)
		}
		return value
	}
	merchantID, secretKey := setting("MPS_MERCHANT_ID"), setting("MPS_SECRET_KEY")
	if len(missing) > 0 {
		return nil, usageError("set " + strings.Join(missing, " and ") + ": your gateway prints them when it starts")
	}
	client := mpacpgw.NewClient(merchantID, secretKey, os.Getenv("MPS_BASE_URL"))

	switch {
	case len(args) == 2 && args[0] == "retrieve":
		return client.RetrievePaymentIntent(ctx, args[1])
	case len(args) >= 2 && len(args) <= 4 && args[0] == "create":
		amount, err := strconv.ParseInt(args[1], 10, 64)
		if err != nil {
			return nil, usageError("AMOUNT is a whole number of minor units, not " + args[1])
		}
		unique, err := mpacpgw.NewIdempotencyKey()
		if err != nil {
			return nil, err
		}
		orderID, methods := "order_"+unique, "qr_mpm,credit_card,cash"
		if len(args) > 2 {
			orderID = args[2]
		}
		if len(args) > 3 {
			methods = args[3]
		}
		return client.CreatePaymentIntent(ctx, mpacpgw.CreateParams{
			MerchantRefID:      orderID,
			MerchantStoreID:    os.Getenv("MPS_STORE_ID"),
			MerchantTerminalID: os.Getenv("MPS_TERMINAL_ID"),
			Amount:             amount,
			Currency:           "JPY",
			PaymentMethodTypes: strings.Split(methods, ","),
			CaptureMethod:      "automatic",
		})
	default:
		return nil, usageError(usage)
	}
}

func main() {
	payment, err := run(context.Background(), os.Args[1:])
	if err == nil {
		if err := json.NewEncoder(os.Stdout).Encode(payment); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	var wrong usageError
	if errors.As(err, &wrong) {
		fmt.Fprintln(os.Stderr, wrong)
		os.Exit(2)
	}
	var refused *mpacpgw.Error
	if !errors.As(err, &refused) {
		refused = &mpacpgw.Error{Code: "connection_error", Message: err.Error()}
	}
	_ = json.NewEncoder(os.Stderr).Encode(map[string]*mpacpgw.Error{"error": refused})
	os.Exit(1)
}
