// Reads property lists in each of their forms as Apple's own code does, and writes them as JSON.
import Foundation

do {
    let paths = CommandLine.arguments.dropFirst()
    let lists = try paths.map { path in
        print(path)
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        return try PropertyListSerialization.propertyList(from: data, format: nil)
    }
    let json = try JSONSerialization.data(withJSONObject: lists)
    print(String(decoding: json, as: UTF8.self))
} catch {
    print("error: \(error)")
    exit(1)
}
