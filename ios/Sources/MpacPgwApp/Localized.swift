import Foundation

/// A text of the package's own.
///
/// - Parameters:
///   - key: of `Localizable.strings`.
///   - locale: the language; by default the app's.
/// - Returns: the text.
func localized(_ key: String, _ locale: Locale?) -> String {
    let bundle = Bundle.module
    guard let language = locale?.language.languageCode?.identifier,
        let path = bundle.path(forResource: language, ofType: "lproj"),
        let localized = Bundle(path: path)
    else { return bundle.localizedString(forKey: key, value: nil, table: nil) }
    return localized.localizedString(forKey: key, value: nil, table: nil)
}
