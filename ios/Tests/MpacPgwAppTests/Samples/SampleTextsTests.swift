import Foundation
import Testing

@testable import SampleCardApp
@testable import SampleTill

/// The samples' texts, as Xcode takes them.
@Suite struct SampleTextsTests {
    @Test func everyWordOfTheTillIsThereInBothLanguages() throws {
        let words = SampleTill.Word.allCases.map(\.rawValue)
        try expectTexts("ios-till/Till/Localizable.xcstrings", of: words)
    }

    @Test func everyWordOfTheCardAppIsThereInBothLanguages() throws {
        let words = SampleCardApp.Word.allCases.map(\.rawValue)
        try expectTexts("ios-card-app/CardApp/Localizable.xcstrings", of: words)
    }

    private func expectTexts(_ path: String, of words: [String]) throws {
        let root = (1...5).reduce(URL(filePath: #filePath)) { url, _ in
            url.deletingLastPathComponent()
        }
        let file = root.appending(path: "examples").appending(path: path)
        let catalog = try JSONDecoder().decode(Catalog.self, from: Data(contentsOf: file))
        #expect(Set(catalog.strings.keys) == Set(words))
        for (word, text) in catalog.strings {
            for language in ["en", "ja"] {
                let texts = text.localizations[language]?.texts ?? []
                #expect(!texts.isEmpty && texts.allSatisfy { !$0.isEmpty }, "\(word), \(language)")
            }
        }
    }
}

private struct Catalog: Decodable {
    struct Entry: Decodable {
        let localizations: [String: Localization]
    }

    struct Localization: Decodable {
        let stringUnit: Unit?
        let variations: Variations?

        var texts: [String] {
            let forms = variations?.plural.values.map(\.stringUnit) ?? []
            return (forms + [stringUnit].compactMap { $0 }).map(\.value)
        }
    }

    struct Variations: Decodable {
        struct Form: Decodable {
            let stringUnit: Unit
        }

        let plural: [String: Form]
    }

    struct Unit: Decodable {
        let value: String
    }

    let strings: [String: Entry]
}
