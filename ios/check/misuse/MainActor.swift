// Screens belong to the main thread.
import Foundation
import MpacPgwApp

func open(_ url: URL, _ cards: CardBridge) -> Bool {
    cards.handle(url)  // error: call to main actor-isolated instance method
}

@MainActor func openOnMain(_ url: URL, _ cards: CardBridge) -> Bool {
    cards.handle(url)
}
