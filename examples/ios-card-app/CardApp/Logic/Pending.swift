import Foundation

/// The payment that this app is at, so that it is found again where the app was ended meanwhile.
struct Pending: Sendable {
    private let file: URL

    init(folder: URL) {
        file = folder.appendingPathComponent("pending")
    }

    /// What the app was opened with for it.
    var url: URL? {
        let data = try? Data(contentsOf: file)
        return data.flatMap { URL(string: String(decoding: $0, as: UTF8.self)) }
    }

    func keep(_ url: URL) throws {
        let folder = file.deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(url.absoluteString.utf8).write(to: file, options: .atomic)
    }

    func clear() {
        try? FileManager.default.removeItem(at: file)
    }
}
