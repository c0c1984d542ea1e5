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
            case .inProgress: await open(request.callback)
            }
        }
    }

    func open(_ url: URL) async { _ = await UIApplication.shared.open(url) }
}

/// What a card app has.
protocol Acquirer: Sendable {
    func charge(_ request: CardRequest) async -> CardAnswer
}
