public struct FillStyle: Equatable, Sendable {
    let antialiased: Bool
    public init(antialiased: Bool = true) { self.antialiased = antialiased }
}

public struct Path: Equatable, Sendable {
    var rects: [CGRect] = []
    public init() {}
    public init(_ rect: CGRect) { rects = [rect] }
    public mutating func addRect(_ rect: CGRect) { rects.append(rect) }
}

public struct GraphicsContext {
    public struct Shading: Sendable {
        let color: Color
        public static func color(_ color: Color) -> Shading { Shading(color: color) }
    }

    let picture: StandInPicture

    public func fill(_ path: Path, with shading: Shading, style: FillStyle = FillStyle()) {
        for rect in path.rects { picture.fill(rect, shading.color, style) }
    }
}

public struct Canvas<Symbols: View>: StandInView {
    fileprivate let renderer: (inout GraphicsContext, CGSize) -> Void

    public func show(on screen: StandInScreen) {
        let picture = StandInPicture(screen.canvas, scale: screen.scale)
        var context = GraphicsContext(picture: picture)
        renderer(&context, screen.canvas)
        screen.pictures.append(picture)
    }
}

extension Canvas where Symbols == EmptyView {
    public init(
        opaque: Bool = false, rendersAsynchronously: Bool = false,
        renderer: @escaping (inout GraphicsContext, CGSize) -> Void
    ) {
        self.renderer = renderer
    }
}

/// The pixels that a canvas has drawn, in grey.
public final class StandInPicture {
    public let width: Int
    public let height: Int
    public private(set) var pixels: [UInt8]
    /// Edges that lie between two pixels, which a screen would blur or move.
    public private(set) var blurred = 0
    private let scale: CGFloat

    init(_ size: CGSize, scale: CGFloat) {
        width = Int(size.width * scale)
        height = Int(size.height * scale)
        self.scale = scale
        // Of a canvas that is not filled nothing can be said: that shows.
        pixels = Array(repeating: 128, count: width * height)
    }

    func fill(_ rect: CGRect, _ color: Color, _ style: FillStyle) {
        let edges = [rect.minX, rect.minY, rect.maxX, rect.maxY].map { $0 * scale }
        let whole = edges.map { $0.rounded() }
        blurred += zip(edges, whole).filter { abs($0 - $1) > 0.001 }.count
        let bounds = whole.map { Int($0) }
        for y in max(0, bounds[1])..<min(height, bounds[3]) {
            for x in max(0, bounds[0])..<min(width, bounds[2]) {
                pixels[y * width + x] = color.luminance
            }
        }
    }
}
