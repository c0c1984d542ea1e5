// What is for the package only is not for an app.
import MpacPgw

func lock() {
    _ = Locked(1)  // error: cannot find 'Locked' in scope
}
