import SwiftUI

/// How much is it?
struct AmountView: View {
    private static let rows = [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"], ["00", "0"]]

    @ObservedObject var till: Till

    var body: some View {
        Halves {
            VStack {
                AmountText(Money.text(till.amount))
                Button(Word.chooseMethod.text, action: till.chooseMethod)
                    .buttonStyle(.main)
                    .disabled(till.amount == 0)
                if !till.openPayments.isEmpty {
                    Button(
                        Word.openPayments.text(count: till.openPayments.count),
                        action: till.showOpenPayments
                    )
                    .buttonStyle(.second(.careful))
                }
            }
        } second: {
            keys
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
