import Foundation
import Testing

@testable import MpacPgwApp

struct JournalFolderTests {
    @Test func theFolderIsTheAppsOwnAndTheSameEachTime() throws {
        let name = "test-\(UUID().uuidString)"
        let folder = try JournalFolder.make(name: name)
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(FileManager.default.fileExists(atPath: folder.path))
        #expect(folder.lastPathComponent == name)
        #expect(try JournalFolder.make(name: name) == folder)
        let support = FileManager.default.urls(
            for: .applicationSupportDirectory, in: .userDomainMask)
        #expect(support.contains { folder.path.hasPrefix($0.path) })
    }
}
