import Foundation
import MpacPgw
import MpacPgwFiles

/// What the bridge remembers across a killed process: which attempts the card app was opened for, and
/// its answers until the terminal has them.
struct CardFiles: Sendable {
    private static let mark = ".launched"
    private static let answer = ".answer"

    private let folder: SyncedFolder
    private let vault: (any Vault)?
    /// What an answer begins with.
    private let scheme: String

    init(_ folder: SyncedFolder, vault: (any Vault)?, scheme: String) {
        self.folder = folder
        self.vault = vault
        self.scheme = scheme
    }

    /// Marks an attempt, where it is not marked yet: only the first caller gets `true`.
    func mark(_ attemptId: String) throws -> Bool {
        try folder.create(attemptId + Self.mark)
    }

    /// The attempts that the card app was, or was about to be, opened for.
    func marked() throws -> [String] {
        try folder.names().filter { $0.hasSuffix(Self.mark) }
            .map { String($0.dropLast(Self.mark.count)) }
    }

    func unmark(_ attemptId: String) throws {
        try folder.remove(attemptId + Self.mark)
    }

    /// Keeps an answer, each under its own name: one that is just handed in is not disturbed.
    ///
    /// Throws when it cannot be sealed or written now.
    func keep(_ url: URL) throws {
        let plain = Data(url.absoluteString.utf8)
        let sealed = try vault?.seal(plain: plain) ?? plain
        // Not by the attempt's id: that is what anybody may have written.
        try folder.replace(UUID().uuidString + Self.answer, sealed)
    }

    /// The names of the answers.
    func answers() throws -> [String] {
        try folder.names().filter { $0.hasSuffix(Self.answer) }
    }

    /// What the card app has answered; nil when it was sealed by a key that is not at hand. Throws when
    /// it cannot be read now.
    func read(_ answer: String) throws -> URL? {
        guard let sealed = try folder.read(answer), let plain = try open(sealed) else { return nil }
        return URL(string: String(decoding: plain, as: UTF8.self))
    }

    func remove(_ answer: String) throws {
        try folder.remove(answer)
    }

    /// Removes what a killed process has left of its answers.
    func removeParts() throws {
        try folder.removeParts()
    }

    /// What was written while there was no vault.
    private func plain(_ bytes: Data) -> Data? {
        let text = String(decoding: bytes, as: UTF8.self).lowercased()
        return text.hasPrefix(scheme.lowercased() + ":") ? bytes : nil
    }

    private func open(_ sealed: Data) throws -> Data? {
        guard let vault else { return plain(sealed) }
        do {
            return try vault.openSealed(sealed: sealed)
        } catch VaultError.keyGone {
            return plain(sealed)
        } catch VaultError.locked {
            throw VaultError.locked
        } catch {
            if let plain = plain(sealed) { return plain }
            // Where it is at work, what it does not open is of another.
            let trial = Data([1])
            let sealed = try vault.seal(plain: trial)
            guard try vault.openSealed(sealed: sealed) == trial else { throw error }
            return nil
        }
    }
}
