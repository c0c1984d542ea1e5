import SwiftUI
import UIKit

/// Nobody pays by card just now.
struct WaitingView: View {
    let publicKey: String?

    var body: some View {
        VStack {
            Text(Word.waiting.text)
                .font(.title.bold())
                .padding(.bottom)
            if let publicKey {
                Text(Word.keyHint.text)
                Text(publicKey)
                    .font(.footnote.monospaced())
                    .textSelection(.enabled)
                    .padding()
                Button(Word.copyKey.text) { UIPasteboard.general.string = publicKey }
                    .buttonStyle(.borderedProminent)
            } else {
                Text(Word.noKey.text)
            }
        }
    }
}
