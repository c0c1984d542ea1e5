import Foundation

// A sentence for the staff in Japanese or, for every other locale, in English; without secrets.

extension FailureCode {
    /// What happened, and what to do, in Japanese or, for every other locale, in English.
    public func message(locale: Locale = .current) -> String {
        failureMessage(code: self, locale: locale.identifier)
    }
}

extension CancelledBy {
    /// Who withdrew the payment, in Japanese or, for every other locale, in English.
    public func message(locale: Locale = .current) -> String {
        cancelledMessage(by: self, locale: locale.identifier)
    }
}

extension UncertaintyCause {
    /// Why the outcome is not known, in Japanese or, for every other locale, in English.
    public func message(locale: Locale = .current) -> String {
        causeMessage(cause: self, locale: locale.identifier)
    }

    /// What the staff should do about it.
    public var nextStep: NextStep { causeNextStep(cause: self) }
}

extension NextStep {
    /// What to do about the payment, in Japanese or, for every other locale, in English.
    public func message(locale: Locale = .current) -> String {
        nextStepMessage(step: self, locale: locale.identifier)
    }
}
