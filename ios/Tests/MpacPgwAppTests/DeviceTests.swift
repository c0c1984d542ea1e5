import Testing

/// What uses the one device that there is: its Keychain, its application, its log. One at a time.
@Suite(.serialized, .timeLimit(.minutes(5))) enum DeviceTests {}
