// What is used of Apple's CryptoKit, by OpenSSL.
import Foundation

public enum CryptoKitError: Error {
    case authenticationFailure, incorrectParameterSize, invalidParameter
}

public struct SymmetricKeySize: Sendable {
    public static let bits128 = SymmetricKeySize(bitCount: 128)
    public static let bits256 = SymmetricKeySize(bitCount: 256)
    public let bitCount: Int
}

public struct SymmetricKey: ContiguousBytes, Sendable {
    let bytes: [UInt8]

    public init(size: SymmetricKeySize) {
        bytes = (0..<size.bitCount / 8).map { _ in .random(in: 0...255) }
    }

    public init<D: ContiguousBytes>(data: D) {
        bytes = data.withUnsafeBytes { Array($0) }
    }

    public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try bytes.withUnsafeBytes(body)
    }
}

public enum AES {
    public enum GCM {
        public struct Nonce: Sendable {}

        public struct SealedBox: Sendable {
            let bytes: [UInt8]

            public var combined: Data? { Data(bytes) }

            public init<D: DataProtocol>(combined: D) throws {
                guard combined.count >= 28 else { throw CryptoKitError.incorrectParameterSize }
                bytes = Array(combined)
            }
        }

        public static func seal<P: DataProtocol, A: DataProtocol>(
            _ message: P, using key: SymmetricKey, nonce: Nonce? = nil, authenticating context: A
        ) throws -> SealedBox {
            let nonce = SymmetricKey(size: .bits128).bytes.dropLast(4)
            let sealed = LibCrypto.gcm(
                seals: true, Array(message), key: key.bytes, nonce: Array(nonce),
                context: Array(context), tag: Array(repeating: 0, count: 16))
            guard let sealed else { throw CryptoKitError.invalidParameter }
            return try SealedBox(combined: nonce + sealed.output + sealed.tag)
        }

        public static func open<A: DataProtocol>(
            _ box: SealedBox, using key: SymmetricKey, authenticating context: A
        ) throws -> Data {
            let opened = LibCrypto.gcm(
                seals: false, Array(box.bytes.dropFirst(12).dropLast(16)), key: key.bytes,
                nonce: Array(box.bytes.prefix(12)), context: Array(context),
                tag: Array(box.bytes.suffix(16)))
            guard let opened else { throw CryptoKitError.authenticationFailure }
            return Data(opened.output)
        }
    }
}
