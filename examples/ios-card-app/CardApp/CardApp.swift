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
        // Without its key nothing is taken: no terminal that knows it would believe the answer.
        key = try? SigningKey.load()
        desk = try? key.map { try Self.desk($0.key) }
        desk?.start()
    }

    private static func desk(_ key: any CardKey) throws -> Desk {
        let book = try ChargeBook(key: key)
        let pending = Pending(folder: .applicationSupportDirectory)
        return Desk(
            book: book, key: key, pending: pending,
            open: open, die: { exit(1) })
    }

    /// Whoever has no universal link for an answer must not get it by the browser.
    private static func open(_ url: URL) async -> Bool {
        let isLink = url.scheme?.lowercased() == "https"
        return await UIApplication.shared.open(
            url, options: isLink ? [.universalLinksOnly: true] : [:])
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
