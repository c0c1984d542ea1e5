package com.mpac.pgw

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File
import java.lang.reflect.AccessibleObject
import java.lang.reflect.Executable
import java.lang.reflect.Field
import java.lang.reflect.Member
import java.lang.reflect.Modifier

/** What an app compiles against, read from the compiled classes. */
class PublicApiTest {
    private val classes: List<Class<*>> by lazy {
        val root =
            File(
                PaymentTerminal::class.java.protectionDomain.codeSource.location
                    .toURI(),
            )
        root
            .walk()
            .filter { it.extension == "class" }
            .map {
                it
                    .relativeTo(
                        root,
                    ).path
                    .removeSuffix(".class")
                    .replace(File.separatorChar, '.')
            }.filter { !it.startsWith("com.mpac.pgw.internal.") }
            .map { Class.forName(it, false, javaClass.classLoader) }
            .filter { it.isVisible() }
            .toList()
    }

    @Test
    fun `no public signature names the layer below`() {
        assertTrue(classes.size > 30, "only ${classes.size} public classes were found")
        val leaks =
            classes
                .flatMap { it.signatures() }
                .filter { "com.mpac.pgw.internal" in it || "uniffi" in it || "com.sun.jna" in it }
        assertEquals(emptyList<String>(), leaks)
    }

    @Test
    fun `the public classes are in the one package`() {
        assertEquals(setOf("com.mpac.pgw"), classes.map { it.packageName }.toSet())
    }

    private fun Class<*>.isVisible(): Boolean =
        isOpen(modifiers) && !isSynthetic && declaringClass?.isVisible() != false

    private fun Class<*>.signatures(): List<String> {
        val types = listOfNotNull(genericSuperclass) + genericInterfaces
        val members: List<Member> =
            declaredConstructors.toList() + declaredMethods + declaredFields
        val visible = members.filter { isOpen(it.modifiers) && !it.isSynthetic }
        val annotations =
            visible.filterIsInstance<AccessibleObject>().flatMap { it.annotations.toList() }
        return types.map { "$name: ${it.typeName}" } +
            visible.map { member ->
                when (member) {
                    is Executable -> member.toGenericString()
                    is Field -> member.toGenericString()
                    else -> error("$member")
                }
            } +
            annotations.map { "$name: $it" }
    }

    private fun isOpen(modifiers: Int): Boolean =
        Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers)
}
