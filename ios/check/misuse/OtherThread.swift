// What is not made for several threads goes to no other.
import MpacPgw

final class Screen {
    var text = ""
}

func show(_ attempt: PaymentAttempt, on screen: Screen) {
    Task.detached {  // error: sending
        for await _ in attempt.states { screen.text = "changed" }
    }
}

@MainActor final class MainScreen {
    var text = ""
}

func show(_ attempt: PaymentAttempt, on screen: MainScreen) {
    Task { @MainActor in
        for await _ in attempt.states { screen.text = "changed" }
    }
}
