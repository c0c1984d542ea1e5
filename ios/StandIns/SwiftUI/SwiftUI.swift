// What is used of Apple's SwiftUI.
@_exported import Combine
@_exported import Foundation
