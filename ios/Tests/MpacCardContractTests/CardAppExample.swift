import Foundation
import MpacCardContract
import UIKit

// What the guide shows of a card app, compiled as it stands there.

@MainActor
struct CardAppExample {
    let book: ChargeBook
    let acquirer: Acquirer

    func take(_ url: URL) async throws {
        let request = try CardRequest(url: url)
        switch request.action {
        case .find: await open(try book.answer(to: request))
        case .pay:
            switch try book.begin(request) {
            case .begun:
                let answer = try book.finish(request, await acquirer.charge(request))
                await open(try book.url(answer, for: request))
            case .finished(let answer): await open(try book.url(answer, for: request))
            case .withdrawn: await open(try book.url(.error("too late"), for: request))
            case .inProgress:
                // It was ended in the middle, and only the acquirer knows.
                guard let known = await acquirer.outcome(of: request.attemptId) else {
                    return await open(request.callback)
                }
                await open(try book.url(book.finish(request, known), for: request))
            }
        }
    }

    func open(_ url: URL) async {
        // A universal link without its app must not go to the browser.
        let isLink = url.scheme?.lowercased() == "https"
        _ = await UIApplication.shared.open(
            url, options: isLink ? [.universalLinksOnly: true] : [:])
    }
}

/// What a card app has.
protocol Acquirer: Sendable {
    func charge(_ request: CardRequest) async -> CardAnswer
    /// Nil while it does not know.
    func outcome(of attemptId: String) async -> CardAnswer?
}
