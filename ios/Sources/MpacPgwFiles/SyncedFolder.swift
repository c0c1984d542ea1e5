import Foundation

/// Small files that are on disk, and not only in a cache, when a call returns.
package struct SyncedFolder: Sendable {
    private static let part = ".part"

    /// Where the files are. It is made with the first of them.
    package let url: URL

    package init(_ url: URL) {
        self.url = url
    }

    /// The files' names. A folder that cannot be listed is not taken for an empty one.
    package func names() throws -> [String] {
        try all().filter { !$0.hasSuffix(Self.part) }.sorted()
    }

    private func all() throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: url.path)
        } catch CocoaError.fileReadNoSuchFile {
            return []
        }
    }

    /// The content of a file; nil when there is none.
    package func read(_ name: String) throws -> Data? {
        do {
            return try Data(contentsOf: file(name))
        } catch CocoaError.fileReadNoSuchFile {
            return nil
        }
    }

    /// Makes a file, where there is none yet. Only one caller gets `true`, in all processes.
    package func create(_ name: String, _ content: Data = Data()) throws -> Bool {
        try makeFolder()
        let descriptor = open(file(name).path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor < 0, errno == EEXIST { return false }
        try fill(descriptor, content)
        try sync()
        return true
    }

    /// Makes the file what is given, or leaves it as it was.
    package func replace(_ name: String, _ content: Data) throws {
        try makeFolder()
        let part = file(name + Self.part)
        try fill(open(part.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600), content)
        guard rename(part.path, file(name).path) == 0 else { throw Self.failure() }
        try sync()
    }

    /// Removes a file, or finds it removed.
    package func remove(_ name: String) throws {
        // What a killed process has left of it; first, as nobody looks for that alone.
        for name in [name + Self.part, name] {
            guard unlink(file(name).path) == 0 || errno == ENOENT else { throw Self.failure() }
        }
    }

    /// Removes what a killed process has left of its writing. Nobody else may be writing there.
    package func removeParts() throws {
        for name in try all() where name.hasSuffix(Self.part) { try remove(name) }
    }

    private func file(_ name: String) -> URL {
        url.appendingPathComponent(name, isDirectory: false)
    }

    private func makeFolder() throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    /// The folder itself: without it a new name may be gone after a power cut.
    private func sync() throws {
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
        try fill(descriptor, Data())
    }

    private func fill(_ descriptor: Int32, _ content: Data) throws {
        guard descriptor >= 0 else { throw Self.failure() }
        defer { close(descriptor) }
        var rest = content[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure() }
            rest = rest.dropFirst(count)
        }
        #if canImport(Darwin)
            // There `fsync` leaves it in the drive's own cache.
            if fcntl(descriptor, F_FULLFSYNC) == 0 { return }
        #endif
        guard fsync(descriptor) == 0 else { throw Self.failure() }
    }

    private static func failure() -> POSIXError {
        POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }
}
