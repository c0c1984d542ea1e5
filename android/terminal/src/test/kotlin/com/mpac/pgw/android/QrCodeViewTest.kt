package com.mpac.pgw.android

import android.app.Activity
import android.content.Context
import android.content.res.Configuration
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.os.Build
import android.os.Looper
import android.util.AttributeSet
import android.util.Xml
import android.view.View
import android.view.View.MeasureSpec.AT_MOST
import android.view.View.MeasureSpec.EXACTLY
import android.view.View.MeasureSpec.UNSPECIFIED
import android.view.View.MeasureSpec.makeMeasureSpec
import android.view.WindowManager.LayoutParams.BRIGHTNESS_OVERRIDE_FULL
import android.view.WindowManager.LayoutParams.BRIGHTNESS_OVERRIDE_NONE
import android.widget.FrameLayout
import com.google.zxing.BarcodeFormat
import com.google.zxing.BinaryBitmap
import com.google.zxing.DecodeHintType
import com.google.zxing.MultiFormatReader
import com.google.zxing.RGBLuminanceSource
import com.google.zxing.common.HybridBinarizer
import com.mpac.pgw.QrCode
import com.mpac.pgw.Secret
import com.mpac.pgw.TerminalException
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Assume.assumeTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.util.ReflectionHelpers
import org.xmlpull.v1.XmlPullParser
import java.io.File
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/** What the customer's phone and the staff see, and what TalkBack says. */
@RunWith(RobolectricTestRunner::class)
class QrCodeViewTest {
    private val content = "https://qr.example/28180104xxxxxxxxxxxxxxxxx"
    private val qr = QrCode(Secret(content), expiresAt = null, provider = "PAYPAY")
    private val controller = Robolectric.buildActivity(Activity::class.java)
    private val activity: Activity get() = controller.get()
    private var left: Duration? = 272.seconds

    private fun shown(qualifiers: String = ""): QrCodeView {
        RuntimeEnvironment.setQualifiers("+w411dp-h731dp-xhdpi")
        if (qualifiers.isNotEmpty()) RuntimeEnvironment.setQualifiers("+$qualifiers")
        controller.setup()
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.O) {
            // Robolectric leaves the windows of old versions hidden.
            val attached = ReflectionHelpers.getField<Any>(activity.window.decorView, "mAttachInfo")
            ReflectionHelpers.setField(attached, "mWindowVisibility", View.VISIBLE)
        }
        return QrCodeView(activity).also {
            it.show(qr) { left }
            activity.setContentView(FrameLayout(activity).apply { addView(it) })
            idle()
        }
    }

    @Test
    fun aDecoderReadsWhatIsDrawnInEverySizeAndTheme() {
        assumeTrue(Build.VERSION.SDK_INT >= Build.VERSION_CODES.O)
        for (qualifiers in listOf("en-notnight", "ja-night")) {
            val view = shown(qualifiers)
            for ((width, height) in listOf(822 to 900, 300 to 300, 1000 to 401, 333 to 1200)) {
                val picture = view.draw(width, height)
                picture.save("qr-$qualifiers-${width}x$height")
                assertEquals("$qualifiers $width x $height", content, decode(picture))
                assertEquals(Color.WHITE, picture.getPixel(0, 0))
                assertEquals(Color.WHITE, picture.getPixel(width - 1, height - 1))
            }
        }
    }

    @Test
    fun theCaptionFitsAlsoWhereItIsLong() {
        assumeTrue(Build.VERSION.SDK_INT >= Build.VERSION_CODES.O)
        val view = shown("ja")
        left = Duration.ZERO
        idle(seconds = 1)
        val picture = view.draw(480, 560)
        picture.save("qr-expired")
        for (x in listOf(0, 479)) {
            assertTrue((0 until 560).all { picture.getPixel(x, it) == Color.WHITE })
        }
    }

    @Test
    fun everyModuleIsBlackOrWhiteAndOfWholePixels() {
        assumeTrue(Build.VERSION.SDK_INT >= Build.VERSION_CODES.O)
        val view = shown()
        view.show(qr)
        val picture = view.draw(701, 701)
        val pixels = IntArray(701 * 701).also { picture.getPixels(it, 0, 701, 0, 0, 701, 701) }
        assertEquals(setOf(Color.BLACK, Color.WHITE), pixels.toSet())
    }

    @Test
    fun theBitmapIsTheCode() {
        val bitmap = qr.bitmap(300)
        assertEquals(300 to 300, bitmap.width to bitmap.height)
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.O) assertEquals(content, decode(bitmap))
        assertThrows(TerminalException::class.java) { qr.bitmap(10) }
    }

    @Test
    fun theTimeRunsWhileItIsSeenAndEndsInWords() {
        val view = shown("en")
        assertEquals("Time left 4:32", view.caption())
        left = 271_500.milliseconds
        idle(seconds = 1)
        assertEquals("Time left 4:32", view.caption())
        left = 500.milliseconds
        idle(seconds = 1)
        assertEquals("Time left 0:01", view.caption())
        left = null
        idle(seconds = 1)
        assertEquals("", view.caption())
        left = Duration.ZERO
        idle(seconds = 1)
        assertEquals("This code has expired.", view.caption())
    }

    @Test
    fun nothingTicksOnceItIsNotSeen() {
        val view = shown()
        var asked = 0
        view.show(qr) {
            asked++
            left
        }
        idle(seconds = 3)
        assertTrue("$asked", asked in 3..5)
        // Android hides the whole window of an activity that is stopped.
        for (hidden in listOf(view, activity.window.decorView)) {
            hidden.visibility = View.INVISIBLE
            idle()
            asked = 0
            idle(seconds = 5)
            assertEquals(0, asked)
            hidden.visibility = View.VISIBLE
            idle()
            assertEquals(1, asked)
        }
    }

    @Test
    fun talkBackIsToldPolitelyByTheMinute() {
        val view = shown("en")
        assertEquals(View.ACCESSIBILITY_LIVE_REGION_POLITE, view.accessibilityLiveRegion)
        val said = mutableListOf<CharSequence>(view.contentDescription)
        repeat(273) {
            left = left!! - 1.seconds
            idle(seconds = 1)
            if (view.contentDescription !== said.last()) said += view.contentDescription
        }
        val code = "QR code to pay with\n"
        val minutes = listOf("5", "4", "3", "2").map { "${code}$it minutes left" }
        val end = listOf("${code}Less than a minute left", "${code}This code has expired.")
        assertEquals(minutes + end, said)
    }

    @Test
    fun inJapaneseToo() {
        val view = shown("ja")
        assertEquals("残り時間 4:32", view.caption())
        assertEquals("お支払い用のQRコード\n残り約5分です。", view.contentDescription)
    }

    @Test
    fun theScreenIsBrightWhileTheCodeIsSeenAndThenAsBefore() {
        val view = shown()
        val parent = view.parent as FrameLayout
        assertTrue(view.keepScreenOn)
        assertEquals(BRIGHTNESS_OVERRIDE_FULL, brightness)

        view.visibility = View.INVISIBLE
        assertEquals(BRIGHTNESS_OVERRIDE_NONE, brightness)
        brightness = 0.25f
        view.visibility = View.VISIBLE
        assertEquals(BRIGHTNESS_OVERRIDE_FULL, brightness)

        view.show(null)
        assertFalse(view.keepScreenOn)
        assertNull(view.contentDescription)
        assertEquals(0.25f, brightness)
        view.show(qr)
        view.show(qr)
        assertEquals(BRIGHTNESS_OVERRIDE_FULL, brightness)

        parent.removeView(view)
        assertEquals(0.25f, brightness)
        parent.addView(view)
        idle()
        assertEquals(BRIGHTNESS_OVERRIDE_FULL, brightness)

        // What the app sets meanwhile is the app's.
        brightness = 0.5f
        parent.removeView(view)
        assertEquals(0.5f, brightness)
    }

    @Test
    fun aLayoutMakesOneAndItTakesTheRoomItIsGiven() {
        controller.setup()
        val layout = activity.resources.getLayout(android.R.layout.simple_list_item_1)
        while (layout.next() != XmlPullParser.START_TAG) continue
        val attributes = Xml.asAttributeSet(layout)
        // What an inflater does.
        val constructor =
            QrCodeView::class.java.getConstructor(Context::class.java, AttributeSet::class.java)
        val view = constructor.newInstance(activity, attributes)
        view.setPadding(0, 0, 0, 0)
        view.show(qr)
        val dp = activity.resources.displayMetrics.density
        val sizes =
            mapOf(
                (UNSPECIFIED to 0) to (240 * dp).toInt(),
                (AT_MOST to 200) to 200,
                (EXACTLY to 500) to 500,
            )
        for ((given, side) in sizes) {
            view.measure(
                makeMeasureSpec(given.second, given.first),
                makeMeasureSpec(0, UNSPECIFIED),
            )
            assertEquals("$given", side to side, view.measuredWidth to view.measuredHeight)
        }
        view.show(qr) { left }
        view.measure(makeMeasureSpec(500, EXACTLY), makeMeasureSpec(0, UNSPECIFIED))
        // Text has no height where nothing is drawn for real.
        val isDrawn = Build.VERSION.SDK_INT >= Build.VERSION_CODES.O
        assertEquals("room for the time", isDrawn, view.measuredHeight > 500)
    }

    @Test
    fun aThemeCannotTurnItAround() {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) {
            val night = shown("night")
            val mode = night.resources.configuration.uiMode and Configuration.UI_MODE_NIGHT_MASK
            assertEquals(Configuration.UI_MODE_NIGHT_YES, mode)
            assertFalse(night.isForceDarkAllowed)
        }
    }

    private var brightness: Float
        get() = activity.window.attributes.screenBrightness
        set(value) {
            activity.window.attributes =
                activity.window.attributes.apply { screenBrightness = value }
        }

    private fun idle(seconds: Long = 0) {
        val looper = shadowOf(Looper.getMainLooper())
        looper.idle()
        if (seconds > 0) looper.idleFor(java.time.Duration.ofSeconds(seconds))
    }

    private fun QrCodeView.caption(): String =
        QrCodeView::class.java
            .getDeclaredField("caption")
            .apply { isAccessible = true }
            .get(this) as String

    private fun View.draw(width: Int, height: Int): Bitmap {
        measure(makeMeasureSpec(width, EXACTLY), makeMeasureSpec(height, EXACTLY))
        layout(0, 0, width, height)
        return Bitmap.createBitmap(width, height, Bitmap.Config.ARGB_8888).also { draw(Canvas(it)) }
    }

    private fun Bitmap.save(name: String) {
        File(name + ".png").outputStream().use { compress(Bitmap.CompressFormat.PNG, 100, it) }
    }

    /** As a phone does, which has to find the code first. */
    private fun decode(bitmap: Bitmap): String {
        val (width, height) = bitmap.width to bitmap.height
        val pixels = IntArray(width * height)
        bitmap.getPixels(pixels, 0, width, 0, 0, width, height)
        val source = RGBLuminanceSource(width, height, pixels)
        val hints =
            mapOf(
                DecodeHintType.POSSIBLE_FORMATS to listOf(BarcodeFormat.QR_CODE),
                DecodeHintType.TRY_HARDER to true,
            )
        return MultiFormatReader().decode(BinaryBitmap(HybridBinarizer(source)), hints).text
    }
}
