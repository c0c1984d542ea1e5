#if canImport(os)
    import MpacPgw
    import os

    extension PaymentTerminal {
        /// Sends the SDK's messages to the system's log from now on, where Console and
        /// `log stream --predicate 'subsystem == "com.mpac.pgw"'` show them. They hold no secrets.
        ///
        /// - Parameter level: how much is logged.
        public static func enableSystemLog(_ level: LogLevel = .info) {
            setLogSink(SystemLog())
            setLogLevel(level)
        }
    }

    /// Hands the SDK's messages to the system's log.
    final class SystemLog: LogSink {
        /// What the SDK and this layer write to.
        static let logger = Logger(subsystem: "com.mpac.pgw", category: "sdk")

        func log(level: LogLevel, message: String) {
            switch level {
            case .off: break
            case .error: Self.logger.error("\(message, privacy: .public)")
            case .warn: Self.logger.warning("\(message, privacy: .public)")
            case .info: Self.logger.notice("\(message, privacy: .public)")
            case .debug: Self.logger.debug("\(message, privacy: .public)")
            }
        }
    }
#endif
