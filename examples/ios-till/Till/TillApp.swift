import Foundation
import SwiftUI

/// The app: what lives as long as it does, and its one window.
@main
struct TillApp: App {
    @StateObject private var till: Till
    private let services: DeviceServices

    init() {
        let shop = Shop()
        let services = DeviceServices(shop)
        let books = URL.applicationSupportDirectory.appending(path: "orders")
        let till = Till(
            services: services, backEnd: HttpBackEnd(url: shop.backEndUrl),
            orders: Orders(folder: books), wallet: shop.wallet)
        _till = StateObject(wrappedValue: till)
        self.services = services
        till.start()
    }

    var body: some Scene {
        WindowGroup {
            TillView(till: till)
                .preferredColorScheme(.light)
                // The card app's answer, by its scheme or as a universal link.
                .onOpenURL { services.handle($0) }
        }
    }
}
