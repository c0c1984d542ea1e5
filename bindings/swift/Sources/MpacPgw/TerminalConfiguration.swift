import Foundation
internal import MpacPgwCore

/// How to open a ``PaymentTerminal``.
///
/// Values are checked when the terminal is opened; one that is out of its bounds makes
/// ``PaymentTerminal/open(_:vault:)`` throw ``TerminalError/invalidConfiguration(field:reason:)``.
public struct TerminalConfiguration: Sendable, Hashable {
    /// The gateway, such as `https://api.pgw.example`.
    ///
    /// HTTPS only, except to this very machine or with ``allowsCleartext``.
    public var gatewayURL: String

    /// A folder of the app's own, for the journal of unfinished payments.
    ///
    /// Created when missing. It must survive restarts, so neither a cache nor a temporary folder
    /// will do. One terminal at a time. Other users' right to write to it is taken away; where that
    /// cannot be done, or where others share the folder, it is refused.
    public var dataDirectory: URL

    /// Allows `http://` to other machines: for a gateway on the shop's own network only.
    public var allowsCleartext = false

    /// When to ask the gateway again.
    public var polling = PollingPolicy()

    /// How long to wait for an answer to one request: 1 to 120 s, by default 30 s.
    public var requestTimeout: Duration = .seconds(30)

    /// Takes over, once, a journal from before the app had a vault: what lies there unsealed is
    /// read, and sealed.
    ///
    /// Set it in the version of the app that brings the vault, and no longer than until every
    /// terminal has been opened with it: while it is set, a file that somebody else has put there
    /// counts too. Without it such files stay, and are ``PaymentTerminal/damagedRecords``.
    public var sealsExistingJournal = false

    /// What tells this device from others for as long as the app is installed, such as an id that
    /// is kept in the Keychain for this device only.
    ///
    /// A journal that comes from another device, through a backup perhaps, is then recognised for
    /// sure, and its payments are only asked about: the other device may be taking them. Without
    /// it, the file system has to tell.
    public var deviceID: String?

    /// A configuration with every default.
    ///
    /// - Parameters:
    ///   - gatewayURL: the gateway, such as `https://api.pgw.example`.
    ///   - dataDirectory: a folder of the app's own, as a file URL.
    public init(gatewayURL: String, dataDirectory: URL) {
        self.gatewayURL = gatewayURL
        self.dataDirectory = dataDirectory
    }
}

/// When to ask the gateway again, while a payment is under way.
///
/// The defaults are 4 to 5 s between requests, and 15 s once the gateway has not answered for a
/// minute.
public struct PollingPolicy: Sendable, Hashable {
    /// Shortest time from the start of one request to the start of the next: 1 to 60 s.
    public var minInterval: Duration

    /// Longest such time: ``minInterval`` to 60 s.
    ///
    /// The actual one is random between the two, so that a shop's terminals don't march in step.
    public var maxInterval: Duration

    /// For how long the pace is kept while the gateway does not answer: 0 to 600 s.
    public var backoffAfter: Duration

    /// The slowest pace after that: ``maxInterval`` to 300 s.
    public var backoffInterval: Duration

    /// The pace for unresolved attempts: ``maxInterval`` to 3600 s.
    public var unresolvedInterval: Duration

    /// How long after the PaymentIntent's expiry the gateway may take to name a final status
    /// before the attempt is unresolved: 0 to 600 s.
    public var expiryGrace: Duration

    /// The default policy.
    public init() {
        let core = defaultPollingPolicy()
        minInterval = .seconds(core.minInterval)
        maxInterval = .seconds(core.maxInterval)
        backoffAfter = .seconds(core.backoffAfter)
        backoffInterval = .seconds(core.backoffInterval)
        unresolvedInterval = .seconds(core.unresolvedInterval)
        expiryGrace = .seconds(core.expiryGrace)
    }
}

extension TerminalConfiguration {
    /// - Throws: ``TerminalError/invalidConfiguration(field:reason:)`` for what cannot even be
    ///   handed over; the core checks the rest.
    func core() throws -> MpacPgwCore.TerminalConfig {
        guard dataDirectory.isFileURL else {
            throw TerminalError.invalidConfiguration(
                field: "data_directory", reason: "must be a file URL")
        }
        // Bytes that are no text would be replaced on the way, and name another folder.
        guard dataDirectory.absoluteString.removingPercentEncoding != nil else {
            throw TerminalError.invalidConfiguration(
                field: "data_directory", reason: "its path must be Unicode text")
        }
        return MpacPgwCore.TerminalConfig(
            gatewayUrl: gatewayURL,
            dataDirectory: dataDirectory.path,
            allowCleartext: allowsCleartext,
            polling: MpacPgwCore.PollingPolicy(
                minInterval: try polling.minInterval.interval("polling.min_interval"),
                maxInterval: try polling.maxInterval.interval("polling.max_interval"),
                backoffAfter: try polling.backoffAfter.interval("polling.backoff_after"),
                backoffInterval: try polling.backoffInterval.interval("polling.backoff_interval"),
                unresolvedInterval: try polling.unresolvedInterval.interval(
                    "polling.unresolved_interval"),
                expiryGrace: try polling.expiryGrace.interval("polling.expiry_grace")),
            requestTimeout: try requestTimeout.interval("request_timeout"),
            sealExistingJournal: sealsExistingJournal,
            deviceId: deviceID)
    }
}

extension Duration {
    /// The duration in seconds, for a field of that name.
    ///
    /// The generated code ends the process over a negative duration, so none may reach it.
    fileprivate func interval(_ field: String) throws -> TimeInterval {
        guard self >= .zero else {
            throw TerminalError.invalidConfiguration(field: field, reason: "must not be negative")
        }
        let (seconds, attoseconds) = components
        return TimeInterval(seconds) + TimeInterval(attoseconds) / 1e18
    }
}
