import SwiftUI

/// How much is it?
struct AmountView: View {
    private static let rows = [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"], ["00", "0"]]

    @ObservedObject var till: Till

    var body: some View {
        Page {
            AmountText(Money.text(till.amount))
        } main: {
            keys
        } foot: {
            Button(Word.chooseMethod.text, action: till.chooseMethod)
                .buttonStyle(.main)
                .disabled(till.amount == 0)
            if !till.openPayments.isEmpty {
                let count = till.openPayments.count
                Button(Word.openPayments.text(count: count), action: till.showOpenPayments)
                    .buttonStyle(.second(.careful))
            }
        }
    }

    private var keys: some View {
        VStack {
            ForEach(Self.rows, id: \.self) { row in
                HStack {
                    ForEach(row, id: \.self) { digits in
                        Button(digits) { till.type(digits) }
                    }
                    if row.count < 3 {
                        Button(Word.erase.text, action: till.erase)
                    }
                }
            }
        }
        .buttonStyle(.key)
    }
}
