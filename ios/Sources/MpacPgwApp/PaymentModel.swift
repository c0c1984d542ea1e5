#if canImport(Combine)
    import Combine
    import MpacPgw
    import Observation

    /// One payment, for a screen to show: for `@StateObject` and `@ObservedObject`, and from iOS 17 on
    /// as well for `@State`, as an `Observable`.
    ///
    /// ```swift
    /// struct PaymentScreen: View {
    ///     @StateObject var model: PaymentModel
    ///
    ///     var body: some View {
    ///         Text(verbatim: "\(model.state)").task { await model.watch() }
    ///     }
    /// }
    /// ```
    @MainActor
    public final class PaymentModel: ObservableObject {
        /// The attempt that is shown.
        public let attempt: any PaymentAttemptProtocol

        private var shownState: PaymentState
        private var shownConnection: ConnectionState
        private var shownCancel: CancelOutcome?
        private var cancelling = false

        /// Tells the views of iOS 16.
        @Published private var changes = 0

        /// An `ObservationRegistrar`, where there is one: it tells those of iOS 17.
        private let registrar: (any Sendable)?

        /// Shows an attempt, as it stands now.
        public init(_ attempt: any PaymentAttemptProtocol) {
            self.attempt = attempt
            shownState = attempt.state
            shownConnection = attempt.connection
            if #available(iOS 17, macOS 14, *) {
                registrar = ObservationRegistrar()
            } else {
                registrar = nil
            }
        }

        /// Where the attempt stands.
        public var state: PaymentState {
            read(\.state, shownState)
        }

        /// Whether the gateway answers.
        public var connection: ConnectionState {
            read(\.connection, shownConnection)
        }

        /// Whether ``cancel()`` waits for its answer.
        public var isCancelling: Bool {
            read(\.isCancelling, cancelling)
        }

        /// What became of the last ``cancel()``.
        public var cancelOutcome: CancelOutcome? {
            read(\.cancelOutcome, shownCancel)
        }

        /// How long the code on show can still be paid. Ask every second: it is not observed.
        public var remaining: Duration? { attempt.remaining }

        /// Follows the attempt up to its final result, or until the Task is cancelled: for
        /// `.task { await model.watch() }`.
        public func watch() async {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.watchStates() }
                group.addTask { await self.watchConnections() }
            }
        }

        /// Asks the gateway to withdraw the payment; ``cancelOutcome`` says what became of it.
        public func cancel() async {
            change(\.isCancelling) { cancelling = true }
            let outcome = await attempt.cancel()
            change(\.cancelOutcome) { shownCancel = outcome }
            change(\.isCancelling) { cancelling = false }
        }

        private func watchStates() async {
            for await state in attempt.states { change(\.state) { shownState = state } }
        }

        private func watchConnections() async {
            for await connection in attempt.connections {
                change(\.connection) { shownConnection = connection }
            }
        }

        private func read<Value>(_ path: KeyPath<PaymentModel, Value>, _ value: Value) -> Value {
            if #available(iOS 17, macOS 14, *) {
                (registrar as? ObservationRegistrar)?.access(self, keyPath: path)
            }
            return value
        }

        private func change<Value>(_ path: KeyPath<PaymentModel, Value>, _ body: () -> Void) {
            changes += 1
            guard #available(iOS 17, macOS 14, *),
                let registrar = registrar as? ObservationRegistrar
            else { return body() }
            registrar.withMutation(of: self, keyPath: path, body)
        }
    }

    @available(iOS 17, macOS 14, *)
    extension PaymentModel: Observable {}
#endif
