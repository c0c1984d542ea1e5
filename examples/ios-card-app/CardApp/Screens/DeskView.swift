import SwiftUI

/// The payment that is to be decided; without one, what a till has to know of this app.
struct DeskView: View {
    static let tint = Color(red: 0.29, green: 0.08, blue: 0.55)

    @ObservedObject var desk: Desk
    let publicKey: String?

    var body: some View {
        ScrollView {
            VStack {
                if let problem = desk.problem {
                    Text(problem.text)
                        .font(.headline)
                        .foregroundColor(.red)
                }
                if let request = desk.request {
                    PaymentView(
                        request: request, isInterrupted: desk.isInterrupted,
                        decide: desk.decide)
                } else {
                    WaitingView(publicKey: publicKey)
                }
            }
            .multilineTextAlignment(.center)
            .frame(maxWidth: .infinity)
            .padding()
        }
    }
}
