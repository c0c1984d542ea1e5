package com.mpac.pgw;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A till that is written in Java. */
class JavaTillTest {
    @TempDir File directory;

    private final Queue<String> heard = new ConcurrentLinkedQueue<>();

    @Test
    void aPaymentIsTakenAndAcknowledged() throws Exception {
        try (PaymentTerminal terminal = open()) {
            Order order = Gateway.INSTANCE.create(1200, new String[] {"qr_mpm"});
            CompletableFuture<QrCode> shown = new CompletableFuture<>();
            PaymentListener listener =
                    event -> {
                        heard.add(event.getName());
                        if (event.getKind() instanceof PaymentEventKind.QrReady ready) {
                            shown.complete(ready.getQr());
                        }
                    };
            PaymentMethod method = new PaymentMethod.QrMpm("PAYPAY");
            PaymentAttempt attempt =
                    Futures.confirmPayment(
                                    terminal, order.getPaymentToken(), method, Runnable::run, listener)
                            .get(20, SECONDS);
            assertTrue(QrCodes.png(shown.get(20, SECONDS), 300).length > 100);
            assertTrue(Futures.remainingMillis(attempt) > 240_000);
            Gateway.INSTANCE.pay(order);
            attempt.pollNow();
            PaymentResult result = Futures.await(attempt).get(20, SECONDS);
            assertInstanceOf(PaymentResult.Succeeded.class, result);
            assertTrue(Futures.acknowledge(attempt).get(20, SECONDS));
        }
        assertTrue(heard.contains("qr_ready"), heard.toString());
        try (PaymentTerminal terminal = open()) {
            List<PaymentAttempt> pending =
                    Futures.recoverPending(terminal, Runnable::run, event -> {}).get(20, SECONDS);
            assertEquals(List.of(), pending);
        }
    }

    @Test
    void aVaultSaysThatItIsLocked() throws Exception {
        Vault locked =
                new Vault() {
                    @Override
                    public byte[] seal(byte[] plain) throws VaultException {
                        throw new VaultException.Locked();
                    }

                    @Override
                    public byte[] openSealed(byte[] sealed) throws VaultException {
                        throw new VaultException.Locked();
                    }
                };
        TerminalConfig config = new TerminalConfigBuilder(Gateway.INSTANCE.getUrl(), directory).build();
        try (PaymentTerminal terminal = Futures.open(config, locked).get(20, SECONDS)) {
            String token = Gateway.INSTANCE.create(1200, new String[] {"cash"}).getPaymentToken();
            PaymentMethod cash = PaymentMethod.Cash.INSTANCE;
            ExecutionException thrown =
                    assertThrows(
                            ExecutionException.class,
                            () ->
                                    Futures.confirmPayment(
                                                    terminal, token, cash, Runnable::run, event -> {})
                                            .get(20, SECONDS));
            TerminalException refused =
                    assertInstanceOf(TerminalException.class, thrown.getCause());
            assertInstanceOf(TerminalError.Storage.class, refused.getError());
        }
    }

    @Test
    void anErrorIsTyped() throws Exception {
        try (PaymentTerminal terminal = open()) {
            ExecutionException thrown =
                    assertThrows(
                            ExecutionException.class,
                            () -> Futures.retrievePaymentIntent(terminal, "no token").get(20, SECONDS));
            TerminalException refused =
                    assertInstanceOf(TerminalException.class, thrown.getCause());
            assertInstanceOf(TerminalError.InvalidPaymentToken.class, refused.getError());
        }
    }

    @Test
    void theStaffIsToldInItsLanguage() {
        assertEquals(
                "カードで決済されたかどうか、カードアプリで確認してください。",
                Messages.message(NextStep.CHECK_CARD_APP, Locale.JAPAN));
        assertTrue(Messages.message(NextStep.CHECK_CARD_APP, Locale.FRANCE).startsWith("Look"));
    }

    /** What is added to the configuration is added here too. */
    @Test
    void everyOptionCanBeSet() {
        Set<String> options =
                Arrays.stream(TerminalConfig.class.getDeclaredFields())
                        .map(field -> field.getName())
                        .filter(name -> !name.equals("Companion"))
                        .collect(Collectors.toSet());
        Set<String> settable =
                Arrays.stream(TerminalConfigBuilder.class.getMethods())
                        .map(method -> method.getName())
                        .collect(Collectors.toSet());
        settable.addAll(Set.of("gatewayUrl", "dataDirectory"));
        options.removeAll(settable);
        assertEquals(Set.of(), options);
    }

    private PaymentTerminal open() throws Exception {
        TerminalConfig config =
                new TerminalConfigBuilder(Gateway.INSTANCE.getUrl(), directory)
                        .polling(1, 1, SECONDS)
                        .requestTimeout(20, SECONDS)
                        .build();
        return Futures.open(config).get(20, SECONDS);
    }
}
