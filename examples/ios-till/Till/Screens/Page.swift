import SwiftUI

/// A screen with one thing that gets the most room: in the middle or, where the screen is low, beside
/// the rest.
struct Page<Head: View, Main: View, Foot: View>: View {
    @ViewBuilder let head: () -> Head
    @ViewBuilder let main: () -> Main
    @ViewBuilder let foot: () -> Foot
    @Environment(\.verticalSizeClass) private var height

    var body: some View {
        if height == .compact {
            HStack {
                VStack {
                    head()
                    Spacer(minLength: 0)
                    foot()
                }
                .frame(maxWidth: .infinity)
                main().frame(maxWidth: .infinity)
            }
            .padding()
        } else {
            VStack {
                head()
                main().frame(maxHeight: .infinity)
                foot()
            }
            .padding()
        }
    }
}
