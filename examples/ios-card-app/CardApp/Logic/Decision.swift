/// What becomes of the card. The first three are what a card app does; the others are what it must
/// never do, so that one can see what a terminal makes of it.
enum Decision: CaseIterable, Sendable {
    case approve, decline, cancel
    case sayNothing, die, answerTwice, wrongAmount, wrongNonce, nonsense

    static let right: [Decision] = [.approve, .decline, .cancel]
    static let wrong = allCases.filter { !right.contains($0) }

    var word: Word {
        switch self {
        case .approve: .approve
        case .decline: .decline
        case .cancel: .cancel
        case .sayNothing: .sayNothing
        case .die: .die
        case .answerTwice: .answerTwice
        case .wrongAmount: .wrongAmount
        case .wrongNonce: .wrongNonce
        case .nonsense: .nonsense
        }
    }

    /// Whether the payment is decided by it: what is wrong is not written down.
    var isAnAnswer: Bool {
        switch self {
        case .approve, .decline, .cancel, .sayNothing, .answerTwice: true
        case .die, .wrongAmount, .wrongNonce, .nonsense: false
        }
    }
}
