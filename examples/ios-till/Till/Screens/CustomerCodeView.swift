import SwiftUI

/// The code on the customer's phone, by a scanner that types it, and Return.
struct CustomerCodeView: View {
    @ObservedObject var till: Till
    @State private var code = ""
    @FocusState private var isScanning: Bool

    var body: some View {
        ScrollView {
            VStack {
                AmountText(Money.text(till.amount))
                Text(Word.customerCode.text)
                    .font(.title2)
                    .multilineTextAlignment(.center)
                TextField(Word.methodCode.text, text: $code)
                    .font(.title)
                    .textFieldStyle(.roundedBorder)
                    .autocorrectionDisabled()
                    .textInputAutocapitalization(.never)
                    .keyboardType(.asciiCapable)
                    .focused($isScanning)
                    .onSubmit { pay() }
                Button(Word.pay.text, action: pay)
                    .buttonStyle(.main)
                Button(Word.back.text, action: till.chooseMethod)
                    .buttonStyle(.second())
            }
            .padding()
        }
        .onAppear { isScanning = true }
    }

    private func pay() {
        let code = code.trimmingCharacters(in: .whitespacesAndNewlines)
        if !code.isEmpty { till.payByCustomerCode(code) }
    }
}
