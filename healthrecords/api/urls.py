"""The addresses of citizens, visits and what belongs to them under /api/v1/."""

from rest_framework.routers import SimpleRouter

from healthrecords.api import clinical
from healthrecords.api.views import CitizenViewSet, VisitViewSet

router = SimpleRouter()
router.register("citizens", CitizenViewSet, basename="api-citizen")
router.register("visits", VisitViewSet, basename="api-visit")
router.register("allergies", clinical.AllergyViewSet, basename="api-allergy")
router.register("problems", clinical.ProblemViewSet, basename="api-problem")
router.register("immunizations", clinical.ImmunizationViewSet, basename="api-immunization")
router.register("reports", clinical.ReportViewSet, basename="api-report")
router.register("procedures", clinical.ProcedureViewSet, basename="api-procedure")
router.register("prescriptions", clinical.PrescriptionViewSet, basename="api-prescription")
router.register("appointments", clinical.AppointmentViewSet, basename="api-appointment")
router.register("referrals", clinical.ReferralViewSet, basename="api-referral")
router.register("documents", clinical.DocumentViewSet, basename="api-document")

urlpatterns = router.urls
