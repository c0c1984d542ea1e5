import Foundation
import Testing

@testable import MpacPgwApp

struct QrTimeTests {
    @Test func bothLanguagesSayIt() {
        let japanese = Locale(identifier: "ja_JP")
        #expect(QrTime.name(locale: japanese) == "お支払い用のQRコード")
        let time = QrTime(.seconds(125), locale: japanese)
        #expect(time.shown == "残り時間 2:05")
        #expect(time.spoken == "残り約3分です。")
        #expect(QrTime(.seconds(60), locale: japanese).spoken == "残り1分未満です。")
        #expect(QrTime(.zero, locale: japanese).shown == "このコードの有効期限が切れました。")
        #expect(QrTime(.seconds(125), locale: Locale(identifier: "fr")).shown == "Time left 2:05")
    }

    @Test func theStaffIsToldInBothLanguagesWhatIsWrongWithTheCardApp() {
        let problem = CardAppProblem.notInstalled
        let english = problem.message(locale: Locale(identifier: "en_US"))
        #expect(english.hasPrefix("The card app is not installed on this terminal. Nothing"))
        let japanese = problem.message(locale: Locale(identifier: "ja_JP"))
        #expect(japanese.hasPrefix("この端末にカードアプリがありません。"))
    }

    @Test func eachTextIsThereInEachLanguage() throws {
        let tables = try ["en", "ja"].map { language in
            let file = Bundle.module.bundleURL.appendingPathComponent(
                "\(language).lproj/Localizable.strings")
            let text = try String(contentsOf: file, encoding: .utf8)
            return text.split(separator: "\n").filter { $0.hasPrefix("\"") }.map {
                $0.split(separator: "\"")[0]
            }
        }
        #expect(tables[0].count == 6)
        #expect(tables[0] == tables[1])
    }
}
