import Foundation
import MpacCardContract
import SwiftUI
import UIKit

/// The app: what lives as long as it does, and its one window.
@main
struct CardApp: App {
    private let key: SigningKey?
    /// Nil where nothing can be written down: then nothing is charged.
    private let desk: Desk?

    init() {
        key = try? SigningKey.load()
        desk = try? Self.desk(key?.key)
        desk?.start()
    }

    private static func desk(_ key: (any CardKey)?) throws -> Desk {
        let book = try ChargeBook(key: key)
        let pending = Pending(folder: .applicationSupportDirectory)
        return Desk(
            book: book, key: key, pending: pending,
            open: { await UIApplication.shared.open($0) }, die: { exit(1) })
    }

    var body: some Scene {
        WindowGroup {
            Group {
                if let desk {
                    DeskView(desk: desk, publicKey: key?.publicKey)
                } else {
                    Text(Word.notWrittenDown.text)
                }
            }
            .preferredColorScheme(.light)
            .tint(DeskView.tint)
            .onOpenURL { desk?.handle($0) }
        }
    }
}
