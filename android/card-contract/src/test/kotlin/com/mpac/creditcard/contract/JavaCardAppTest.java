package com.mpac.creditcard.contract;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.content.Intent;
import android.os.Bundle;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.shadows.ShadowActivity;

/** A card app that is written in Java. */
@RunWith(RobolectricTestRunner.class)
public class JavaCardAppTest {
    private static final String REQUEST =
            "{\"version\":1,\"attempt_id\":\"a-1\",\"nonce\":\"00112233445566778899aabbccddeeff\","
                    + "\"payment_intent_id\":\"pi_1\",\"amount\":1500,\"currency\":\"JPY\","
                    + "\"expires_at\":\"2999-12-08T10:30:00Z\"}";

    /** Charges at once. */
    public static class PayActivity extends Activity {
        @Override
        protected void onCreate(Bundle state) {
            super.onCreate(state);
            try {
                CardRequest request = CardRequest.read(getIntent());
                ChargeBook book = new ChargeBook(this);
                Begin begin = book.begin(request);
                if (begin instanceof Begin.Begun) {
                    CardAnswer answer = new CardAnswer.Approved("A1", "VISA", "1111");
                    book.finish(request, answer).replyTo(this, request);
                } else if (begin instanceof Begin.Finished) {
                    ((Begin.Finished) begin).getAnswer().replyTo(this, request);
                } else if (begin instanceof Begin.Withdrawn) {
                    new CardAnswer.Error("too late").replyTo(this, request);
                }
            } catch (CardRequestException | java.io.IOException e) {
                setTitle(e.getMessage());
            }
            finish();
        }
    }

    /** Is asked. */
    public static class FindActivity extends Activity {
        @Override
        protected void onCreate(Bundle state) {
            super.onCreate(state);
            try {
                CardRequest request = CardRequest.read(getIntent());
                new ChargeBook(this).find(request).replyTo(this, request);
            } catch (CardRequestException | java.io.IOException e) {
                setTitle(e.getMessage());
            }
            finish();
        }
    }

    private static <A extends Activity> ShadowActivity open(Class<A> activity, String action) {
        Intent intent = new Intent(action).putExtra(CardContract.EXTRA_REQUEST, REQUEST);
        return shadowOf(Robolectric.buildActivity(activity, intent).create().get());
    }

    @Test
    public void aJavaAppChargesOnceAndTellsAgain() {
        ShadowActivity first = open(PayActivity.class, CardContract.ACTION_PAY);
        String result = first.getResultIntent().getStringExtra(CardContract.EXTRA_RESULT);
        assertEquals(Activity.RESULT_OK, first.getResultCode());
        assertTrue(result, result.contains("\"approved\""));
        for (ShadowActivity again :
                new ShadowActivity[] {
                    open(PayActivity.class, CardContract.ACTION_PAY),
                    open(FindActivity.class, CardContract.ACTION_FIND)
                }) {
            assertEquals(
                    result, again.getResultIntent().getStringExtra(CardContract.EXTRA_RESULT));
        }
    }

    @Test
    public void aJavaAppThatNeverBeganSaysSoAndRefusesFromThenOn() {
        ShadowActivity found = open(FindActivity.class, CardContract.ACTION_FIND);
        assertTrue(found.getResultIntent().getBooleanExtra(CardContract.EXTRA_NOT_FOUND, false));
        ShadowActivity late = open(PayActivity.class, CardContract.ACTION_PAY);
        String result = late.getResultIntent().getStringExtra(CardContract.EXTRA_RESULT);
        assertNotNull(result);
        assertFalse(result.contains("approved"));
    }
}
