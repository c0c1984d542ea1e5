// OpenSSL's libcrypto, as far as the stand-in for CryptoKit goes: Foundation's own network needs it, so it
// is there wherever Swift is.
import Foundation

typealias Context = OpaquePointer

enum LibCrypto {
    nonisolated(unsafe) private static let handle =
        dlopen("libcrypto.so.3", RTLD_NOW) ?? dlopen("libcrypto.so.1.1", RTLD_NOW)

    static func function<F>(_ name: String, _ type: F.Type) -> F {
        guard let symbol = dlsym(handle, name) else { fatalError("libcrypto has no \(name)") }
        return unsafeBitCast(symbol, to: type)
    }

    private typealias New = @convention(c) () -> Context?
    private typealias Free = @convention(c) (Context?) -> Void
    private typealias Bytes = UnsafePointer<UInt8>
    private typealias Buffer = UnsafeMutablePointer<UInt8>
    private typealias Initialise =
        @convention(c) (Context?, OpaquePointer?, OpaquePointer?, Bytes?, Bytes?, Int32) -> Int32
    private typealias Update =
        @convention(c) (Context?, Buffer?, UnsafeMutablePointer<Int32>, Bytes?, Int32) -> Int32
    private typealias Finish =
        @convention(c) (Context?, Buffer?, UnsafeMutablePointer<Int32>) -> Int32
    private typealias Control = @convention(c) (Context?, Int32, Int32, Buffer?) -> Int32

    /// AES-256-GCM. Returns what comes out, and the tag; nil where the tag does not fit.
    static func gcm(
        seals: Bool, _ input: [UInt8], key: [UInt8], nonce: [UInt8], context: [UInt8],
        tag: [UInt8]
    ) -> (output: [UInt8], tag: [UInt8])? {
        let cipher = function("EVP_aes_256_gcm", (@convention(c) () -> OpaquePointer?).self)()
        let update = function("EVP_CipherUpdate", Update.self)
        let control = function("EVP_CIPHER_CTX_ctrl", Control.self)
        let state = function("EVP_CIPHER_CTX_new", New.self)()
        defer { function("EVP_CIPHER_CTX_free", Free.self)(state) }
        var (tag, count) = (tag, Int32(0))
        var output = [UInt8](repeating: 0, count: input.count + 16)
        let begin = function("EVP_CipherInit_ex", Initialise.self)
        guard begin(state, cipher, nil, key, nonce, seals ? 1 : 0) == 1,
            update(state, nil, &count, context, Int32(context.count)) == 1,
            update(state, &output, &count, input, Int32(input.count)) == 1
        else { return nil }
        let length = Int(count)
        if !seals, control(state, 0x11, 16, &tag) != 1 { return nil }
        var rest = [UInt8](repeating: 0, count: 16)
        guard function("EVP_CipherFinal_ex", Finish.self)(state, &rest, &count) == 1 else {
            return nil
        }
        if seals, control(state, 0x10, 16, &tag) != 1 { return nil }
        return (Array(output.prefix(length)), tag)
    }
}
