// What is used of CryptoKit's signatures, by OpenSSL.
import Foundation

public enum P256 {
    public enum Signing {
        public struct ECDSASignature: Sendable {
            public let derRepresentation: Data

            public init<D: DataProtocol>(derRepresentation: D) throws {
                self.derRepresentation = Data(derRepresentation)
            }
        }

        public struct PublicKey: Sendable {
            /// X.509 SubjectPublicKeyInfo.
            public let derRepresentation: Data
        }

        public struct PrivateKey: Sendable {
            public let rawRepresentation: Data
            private let key: Curve

            public init() {
                self.init(SymmetricKey(size: .bits256).bytes)
            }

            public init<D: ContiguousBytes>(rawRepresentation: D) throws {
                self.init(rawRepresentation.withUnsafeBytes { Array($0) })
            }

            private init(_ secret: [UInt8]) {
                rawRepresentation = Data(secret)
                key = Curve(secret)
            }

            public var publicKey: PublicKey {
                PublicKey(derRepresentation: key.publicKey)
            }

            public func signature<D: DataProtocol>(for data: D) throws -> ECDSASignature {
                guard let signature = key.sign(Array(data)) else {
                    throw CryptoKitError.invalidParameter
                }
                return try ECDSASignature(derRepresentation: signature)
            }
        }
    }
}

public enum SecureEnclave {
    /// For tests: a simulator has none.
    @TaskLocal public static var isAvailable = true

    public enum P256 {
        public enum Signing {
            /// Not in any enclave.
            public struct PrivateKey: Sendable {
                public let dataRepresentation: Data
                private let key: CryptoKit.P256.Signing.PrivateKey

                public init() throws {
                    let key = CryptoKit.P256.Signing.PrivateKey()
                    try self.init(dataRepresentation: key.rawRepresentation)
                }

                public init(dataRepresentation: Data) throws {
                    self.dataRepresentation = dataRepresentation
                    key = try .init(rawRepresentation: dataRepresentation)
                }

                public var publicKey: CryptoKit.P256.Signing.PublicKey { key.publicKey }

                public func signature<D: DataProtocol>(
                    for data: D
                ) throws -> CryptoKit.P256.Signing.ECDSASignature {
                    try key.signature(for: data)
                }
            }
        }
    }
}

/// A key of OpenSSL's on P-256, which lives as long as the process.
struct Curve: @unchecked Sendable {
    private typealias Buffer = UnsafeMutablePointer<UInt8>
    private static let primeCurve: Int32 = 415
    private let key: OpaquePointer?

    init(_ secret: [UInt8]) {
        key = Self.new()
        typealias Read =
            @convention(c) (UnsafePointer<UInt8>?, Int32, OpaquePointer?) -> OpaquePointer?
        let number = LibCrypto.function("BN_bin2bn", Read.self)(secret, Int32(secret.count), nil)
        typealias One = @convention(c) (OpaquePointer?) -> OpaquePointer?
        let group = LibCrypto.function("EC_KEY_get0_group", One.self)(key)
        let point = LibCrypto.function("EC_POINT_new", One.self)(group)
        typealias Multiply =
            @convention(c) (
                OpaquePointer?, OpaquePointer?, OpaquePointer?, OpaquePointer?, OpaquePointer?,
                OpaquePointer?
            ) -> Int32
        _ = LibCrypto.function("EC_POINT_mul", Multiply.self)(group, point, number, nil, nil, nil)
        typealias Set = @convention(c) (OpaquePointer?, OpaquePointer?) -> Int32
        _ = LibCrypto.function("EC_KEY_set_private_key", Set.self)(key, number)
        _ = LibCrypto.function("EC_KEY_set_public_key", Set.self)(key, point)
    }

    private static func new() -> OpaquePointer? {
        typealias New = @convention(c) (Int32) -> OpaquePointer?
        return LibCrypto.function("EC_KEY_new_by_curve_name", New.self)(primeCurve)
    }

    var publicKey: Data {
        typealias Write =
            @convention(c) (OpaquePointer?, UnsafeMutablePointer<Buffer?>?) -> Int32
        let write = LibCrypto.function("i2d_EC_PUBKEY", Write.self)
        var bytes = [UInt8](repeating: 0, count: Int(write(key, nil)))
        bytes.withUnsafeMutableBufferPointer {
            var start = $0.baseAddress
            _ = write(key, &start)
        }
        return Data(bytes)
    }

    func sign(_ message: [UInt8]) -> Data? {
        var digest = [UInt8](repeating: 0, count: 32)
        typealias Hash = @convention(c) (UnsafePointer<UInt8>?, Int, Buffer?) -> Buffer?
        _ = LibCrypto.function("SHA256", Hash.self)(message, message.count, &digest)
        var (signature, count) = ([UInt8](repeating: 0, count: 80), UInt32(0))
        typealias Sign =
            @convention(c) (
                Int32, UnsafePointer<UInt8>?, Int32, Buffer?, UnsafeMutablePointer<UInt32>,
                OpaquePointer?
            ) -> Int32
        let sign = LibCrypto.function("ECDSA_sign", Sign.self)
        guard sign(0, digest, 32, &signature, &count, key) == 1 else { return nil }
        return Data(signature.prefix(Int(count)))
    }
}
