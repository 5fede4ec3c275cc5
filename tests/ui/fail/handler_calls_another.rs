//! A handler that calls that of another method, with other roles, for the same caller.

use meshauth_runtime::Authorised;
use meshauth_tests::api::meshtrade::reporting::account_report::v1::{
    AccountReport, GetAccountReportRequest, GetExcelAccountReportRequest,
    GetExcelAccountReportResponse,
    account_report_service_guard::{AccountReportService, method},
};
use tonic::{Request, Response, Status};

struct Reports;

impl AccountReportService for Reports {
    async fn get_account_report(
        &self,
        access: Authorised<method::GetAccountReport>,
        _: Request<GetAccountReportRequest>,
    ) -> Result<Response<AccountReport>, Status> {
        let request = Request::new(GetExcelAccountReportRequest::default());
        self.get_excel_account_report(access, request).await?;
        Ok(Response::new(AccountReport::default()))
    }

    async fn get_excel_account_report(
        &self,
        _: Authorised<method::GetExcelAccountReport>,
        _: Request<GetExcelAccountReportRequest>,
    ) -> Result<Response<GetExcelAccountReportResponse>, Status> {
        Ok(Response::new(GetExcelAccountReportResponse::default()))
    }
}

fn main() {}
