import Foundation
import MpacPgw

/// The shop's books: what became of each payment. Yours are a database.
actor Orders {
    private let folder: URL

    init(folder: URL) {
        self.folder = folder
    }

    /// Writes down what became of a payment, under the attempt's id: told twice, it counts once. The
    /// money is counted by the PaymentIntent: another attempt for one that is paid succeeds too.
    ///
    /// - Returns: whether it is on disk now.
    func store(_ attempt: any PaymentAttemptProtocol, _ outcome: String) -> Bool {
        let facts = attempt.facts
        let amount = facts.amount.map { "\($0)" } ?? "?"
        let line = "\(outcome) \(amount) \(facts.currency ?? "?") \(facts.paymentIntentId)"
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let file = folder.appendingPathComponent(attempt.id)
            try Data(line.utf8).write(to: file, options: .atomic)
            let handle = try FileHandle(forWritingTo: file)
            try handle.synchronize()
            try handle.close()
            return true
        } catch {
            return false
        }
    }

    func find(_ attemptId: String) -> String? {
        let data = try? Data(contentsOf: folder.appendingPathComponent(attemptId))
        return data.map { String(decoding: $0, as: UTF8.self) }
    }
}
