// What is used of Apple's Security, with a Keychain in memory.
import Foundation

public typealias OSStatus = Int32
public typealias CFString = String
public typealias CFDictionary = [String: Any]
public typealias CFTypeRef = Any

public let errSecSuccess: OSStatus = 0
public let errSecParam: OSStatus = -50
public let errSecDuplicateItem: OSStatus = -25299
public let errSecItemNotFound: OSStatus = -25300
public let errSecInteractionNotAllowed: OSStatus = -25308
public let errSecMissingEntitlement: OSStatus = -34018

public let kSecClass: CFString = "class"
public let kSecClassGenericPassword: CFString = "genp"
public let kSecAttrService: CFString = "svce"
public let kSecAttrAccount: CFString = "acct"
public let kSecAttrAccessGroup: CFString = "agrp"
public let kSecAttrAccessible: CFString = "pdmn"
public let kSecAttrAccessibleWhenUnlocked: CFString = "ak"
public let kSecAttrAccessibleAfterFirstUnlock: CFString = "ck"
public let kSecAttrAccessibleWhenUnlockedThisDeviceOnly: CFString = "aku"
public let kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly: CFString = "cku"
public let kSecValueData: CFString = "v_Data"
public let kSecReturnData: CFString = "r_Data"
public let kSecMatchLimit: CFString = "m_Limit"
public let kSecMatchLimitOne: CFString = "m_LimitOne"
public let kSecUseDataProtectionKeychain: CFString = "nleg"

public func SecItemAdd(
    _ attributes: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?
) -> OSStatus {
    StandInKeychain.shared.add(attributes)
}

public func SecItemCopyMatching(
    _ query: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?
) -> OSStatus {
    StandInKeychain.shared.copy(query, result)
}

/// The device's Keychain, which a test locks, breaks, loses and restores.
public final class StandInKeychain: @unchecked Sendable {
    public enum Lock: Sendable {
        /// Nobody has unlocked the device since its start.
        case beforeFirstUnlock
        /// The screen is locked.
        case screen
        case open
    }

    public static let shared = StandInKeychain()
    private static let primary = [kSecClass, kSecAttrService, kSecAttrAccount, kSecAttrAccessGroup]

    private let lock = NSLock()
    private var items: [String: CFDictionary] = [:]
    private var state = Lock.open
    private var refusal: OSStatus?
    private var beforeAdd: (@Sendable () -> Void)?
    private var added = 0

    /// As a new device.
    public func reset() {
        lock.withLock {
            items = [:]
            added = 0
            state = .open
            refusal = nil
            beforeAdd = nil
        }
    }

    public func set(_ state: Lock) { lock.withLock { self.state = state } }

    /// What every call answers from now on; nil: as it is.
    public func refuse(_ status: OSStatus?) { lock.withLock { refusal = status } }

    /// Runs once, between a look for an item and its being added: another process that is faster.
    public func race(_ body: @escaping @Sendable () -> Void) { lock.withLock { beforeAdd = body } }

    /// Another device gets what a backup of this one holds.
    public func restoreToAnotherDevice() {
        lock.withLock {
            items = items.filter { !($1[kSecAttrAccessible] as? String ?? "").hasSuffix("u") }
        }
    }

    public var count: Int { lock.withLock { items.count } }

    /// How often somebody wanted to make an item.
    public var adds: Int { lock.withLock { added } }

    func add(_ item: CFDictionary) -> OSStatus {
        let race = lock.withLock {
            defer { beforeAdd = nil }
            added += 1
            return beforeAdd
        }
        race?()
        return lock.withLock {
            if let refusal = refusal(of: item) { return refusal }
            guard item[kSecValueData] is Data, item[kSecAttrAccessible] is String else {
                return errSecParam
            }
            guard items[key(item)] == nil else { return errSecDuplicateItem }
            items[key(item)] = item
            return errSecSuccess
        }
    }

    func copy(_ query: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus {
        lock.withLock {
            if let refusal { return refusal }
            guard let item = items[key(query)] else { return errSecItemNotFound }
            if let refusal = refusal(of: item) { return refusal }
            if query[kSecReturnData] as? Bool == true { result?.pointee = item[kSecValueData] }
            return errSecSuccess
        }
    }

    private func key(_ query: CFDictionary) -> String {
        Self.primary.map { "\(query[$0] ?? "")" }.joined(separator: "\u{0}")
    }

    private func refusal(of item: CFDictionary) -> OSStatus? {
        let isForUnlocked = (item[kSecAttrAccessible] as? String ?? "").hasPrefix("ak")
        switch state {
        case .beforeFirstUnlock: return errSecInteractionNotAllowed
        case .screen: return isForUnlocked ? errSecInteractionNotAllowed : refusal
        case .open: return refusal
        }
    }
}
