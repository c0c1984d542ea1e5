import MpacPgw
import MpacPgwTesting
import SwiftUI

// The till in each of its states, by the SDK's fake terminal.

struct Sale_Previews: PreviewProvider {
    static var previews: some View {
        PreviewTill { _ in }.previewDisplayName("Amount")
        PreviewTill { $0.enterAmount() }.previewDisplayName("Methods")
        PreviewTill {
            $0.enterAmount()
            $0.chooseCustomerCode()
        }
        .previewDisplayName("Customer's code")
        PreviewTill {
            $0.enterAmount()
            $0.chooseCash()
        }
        .previewDisplayName("Cash")
        PreviewTill(backEnd: PreviewBackEnd(isOut: true)) { await $0.pay { $0.payByQr() } }
            .previewDisplayName("No back end")
        PreviewTill(refusal: .directoryInUse) { _ in }.previewDisplayName("Not ready")
    }
}

struct Payment_Previews: PreviewProvider {
    static var previews: some View {
        PreviewTill { await $0.pay { $0.payByQr() } }.previewDisplayName("QR code")
        PreviewTill { await $0.pay { $0.payByCard() } }.previewDisplayName("Card app")
        PreviewTill { await $0.pay { $0.payInCash() } }.previewDisplayName("Cash paid")
        payment("Beginning", .wait)
        payment("Processing", .status(.processing))
        payment("Reserved", .authorize)
        payment("Connection lost", .qrReady(), .connectionLost())
        payment("Not known yet", .connectionLost())
    }
}

struct End_Previews: PreviewProvider {
    static var previews: some View {
        payment("Paid", .succeed)
        payment("Card declined", .fail(.cardDeclined))
        payment("No card app", .fail(.cardAppError, reason: "the card app is not installed"))
        payment("Cancelled", .cancel(by: .terminal))
        payment("Unresolved", .unresolved(.connectionLost, .checkWithGateway))
        payment("To be refunded", .unresolved(.connectionLost, .refundInCardApp))
        PreviewTill(script: [.unresolved(.connectionLost, .checkWithGateway)]) {
            await $0.pay { $0.payByQr() }
            $0.showOpenPayments()
        }
        .previewDisplayName("Open payments")
    }
}

@MainActor
private func payment(_ name: String, _ script: FakeStep...) -> some View {
    PreviewTill(script: script) { await $0.pay { $0.payByQr() } }.previewDisplayName(name)
}
