import Foundation
import MpacPgwFiles

/// The folder for `TerminalConfig.dataDirectory`.
public enum JournalFolder {
    /// Makes the folder in the app's own Application Support, or finds it there.
    ///
    /// * It is in no backup: a restored device must not go on with another's payments.
    /// * Its files can be read once the device was unlocked after its start, and from then on also
    ///   while the screen is locked. Under `FileProtectionType.complete` a payment would stop there.
    /// * It is never in an App Group's folder: the terminal holds a lock on its folder, and iOS ends an
    ///   app that is suspended while it holds one there.
    ///
    /// - Parameter name: tells the folders of several terminals apart.
    /// - Returns: the folder.
    /// - Throws: what `FileManager` throws, such as for want of space.
    public static func make(name: String = "terminal") throws -> URL {
        try PrivateFolder.make("mpac-pgw/\(name)")
    }
}
