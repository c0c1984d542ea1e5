-- Which PayPay the payments of this file have gone through. Another one knows nothing of their codes.
CREATE TABLE counterpart (name TEXT NOT NULL) STRICT;

INSERT INTO counterpart SELECT 'the stand-in' WHERE EXISTS (SELECT 1 FROM qr_codes);
